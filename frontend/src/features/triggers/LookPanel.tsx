import { useState } from "react";
import { FormProblem, useAction } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { JsonTree } from "@/ui/JsonTree";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { tryTrigger } from "./queries";

interface LookPanelProps {
  readonly workflowId: string;
  readonly nodeId: string;
  readonly nextLookAt: string | null;
}

/** Lets a trigger that watches something look once, and shows what it found. */
export function LookPanel({ workflowId, nodeId, nextLookAt }: LookPanelProps) {
  const [items, setItems] = useState<readonly unknown[]>();
  const look = useAction(() => tryTrigger(workflowId, nodeId), {
    refresh: [],
    isShown: true,
    onDone: (answer) => setItems(answer.items.map((item) => item.json)),
  });
  const refusal = useRefusal(workflowId)("runner");
  return (
    <div className="flex flex-col gap-3 border-t px-4 py-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button refusal={refusal} isBusy={look.isBusy} onClick={() => look.run()}>
          {copy.look}
        </Button>
        <span className="text-muted">{copy.lookText}</span>
        {nextLookAt ? (
          <span className="text-muted">
            {copy.nextLook} <Time at={nextLookAt} />
          </span>
        ) : null}
      </div>
      <FormProblem problem={look.problem} />
      {items ? <p role="status">{copy.found(items.length)}</p> : null}
      {items && items.length > 0 ? (
        <JsonTree label={copy.items} value={items} className="h-64 rounded-control border" />
      ) : null}
    </div>
  );
}

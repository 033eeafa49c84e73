import { useState } from "react";
import { Link } from "react-router";
import type { Step } from "@/domain/steps";
import { ItemsView } from "@/features/detail";
import { Button } from "@/ui/Button";
import { JsonTree } from "@/ui/JsonTree";
import { Markdown } from "@/ui/Markdown";
import { copy } from "../../copy";
import type { StepRow } from "./useSteps";

interface StepDataProps {
  readonly executionId: string;
  readonly step: Step<StepRow>;
}

const REFERENCES = { base: "$json" };

/** What a step was given, what it gave, and why it failed. */
export function StepData({ executionId, step }: StepDataProps) {
  const { stored, error, text, humanTaskId, status } = step;
  const hasData = stored !== null && (stored.input !== null || stored.output !== null || stored.truncated);
  return (
    <div className="flex flex-col gap-2 px-3 pb-3 pl-9">
      {error && status !== "running" ? (
        <p className="whitespace-pre-wrap break-words rounded-control border border-err/40 bg-err-tint px-3 py-2">
          {error.message} <code className="text-meta text-muted">{error.code}</code>
        </p>
      ) : null}
      {humanTaskId ? (
        <Link className="text-accent underline" to={`/inbox/${encodeURIComponent(humanTaskId)}`}>
          {copy.answerTask}
        </Link>
      ) : null}
      {text === "" ? null : (
        <div className="max-h-60 overflow-y-auto rounded-control border p-3">
          <Markdown text={text} />
        </div>
      )}
      {stored?.truncated ? <Large executionId={executionId} id={stored.id} /> : null}
      {stored && stored.input !== null ? <Value label={copy.input} value={stored.input} /> : null}
      {stored && stored.output !== null ? <Value label={copy.output} value={stored.output} /> : null}
      {hasData || text !== "" || error || humanTaskId ? null : <p className="text-muted">{copy.stepWithoutData}</p>}
    </div>
  );
}

function Value({ label, value }: { readonly label: string; readonly value: unknown }) {
  return (
    <section aria-label={label} className="overflow-hidden rounded-control border">
      <h3 className="border-b bg-raised px-3 py-1 font-medium text-meta text-muted">{label}</h3>
      <JsonTree label={label} value={value} className="max-h-72" />
    </section>
  );
}

/** What is too large to come with the list is read when it is wanted. */
function Large({ executionId, id }: { readonly executionId: string; readonly id: string }) {
  const [isWanted, setIsWanted] = useState(false);
  if (!isWanted)
    return (
      <p className="flex items-center gap-2 text-muted">
        {copy.stepTooLarge}
        <Button size="small" onClick={() => setIsWanted(true)}>
          {copy.loadStep}
        </Button>
      </p>
    );
  return (
    <div className="flex h-96 flex-col rounded-control border">
      <ItemsView
        label={copy.output}
        source={{ kind: "run", executionId, nodeRunId: id, side: "outputs", handle: "main" }}
        chosen={0}
        onChoose={() => {}}
        references={REFERENCES}
      />
    </div>
  );
}

import { useState } from "react";
import { Link } from "react-router";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Spinner } from "@/ui/Spinner";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { listen, type Trigger, useListening } from "./queries";

interface AddressesProps {
  readonly workflowId: string;
  readonly trigger: Trigger;
}

function Address({ label, url }: { readonly label: string; readonly url: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span className="text-meta text-muted">{label}</span>
      <div className="flex min-w-0 items-center gap-2 rounded-control bg-raised py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 break-all font-mono text-meta">{url}</code>
        <CopyButton text={url} label={copy.copyUrl} />
      </div>
    </div>
  );
}

/** The addresses of a trigger that is called, and a test call of the working copy. */
export function Addresses({ workflowId, trigger: { node_id, url, test_url, methods } }: AddressesProps) {
  const [isAsked, setIsAsked] = useState(false);
  const listening = useListening(workflowId, node_id, isAsked);
  const begin = useAction(() => listen(workflowId, node_id), {
    refresh: ["listening"],
    isShown: true,
    onDone: () => setIsAsked(true),
  });
  const state = isAsked ? listening.data : undefined;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {methods.length > 0 ? (
        <p>
          <span className="text-meta text-muted">{copy.methods}</span>{" "}
          <span className="font-mono text-meta">{methods.join(", ")}</span>
        </p>
      ) : null}
      {url ? <Address label={copy.url} url={url} /> : null}
      {test_url ? <Address label={copy.testUrl} url={test_url} /> : null}
      <div className="flex flex-wrap items-center gap-3">
        <Button isBusy={begin.isBusy} disabled={state?.listening === true} onClick={() => begin.run()}>
          {state && !state.listening ? copy.listenAgain : copy.listen}
        </Button>
        <p role="status" className="flex min-w-0 flex-wrap items-center gap-2">
          {state?.listening ? (
            <>
              <Spinner />
              {copy.listening}
              <span className="text-muted">
                {copy.until} <Time at={state.expires_at} />
              </span>
            </>
          ) : state?.execution_id ? (
            <>
              {copy.called}
              <Link
                className="text-accent hover:underline"
                to={`/workflows/${encodeURIComponent(workflowId)}/runs/${state.execution_id}`}
              >
                {copy.openRun}
              </Link>
            </>
          ) : state ? (
            copy.listenEnded
          ) : null}
        </p>
      </div>
      <FormProblem problem={begin.problem} />
    </div>
  );
}

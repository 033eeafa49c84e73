import { useState } from "react";
import { Link } from "react-router";
import { FormProblem, useAction } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { Spinner } from "@/ui/Spinner";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { type Listener, listen, useListening } from "./queries";

interface ListeningProps {
  readonly workflowId: string;
  readonly nodeId: string;
}

/** Lets the working copy take one call, and tells what came of it. */
export function Listening({ workflowId, nodeId }: ListeningProps) {
  const [isAsked, setIsAsked] = useState(false);
  const listening = useListening(workflowId, nodeId, isAsked);
  const begin = useAction(() => listen(workflowId, nodeId), {
    refresh: ["listening"],
    isShown: true,
    onDone: () => setIsAsked(true),
  });
  const refusal = useRefusal(workflowId)("runner");
  const state = isAsked ? listening.data : undefined;
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <Button
          refusal={refusal}
          isBusy={begin.isBusy}
          disabled={state?.listening === true}
          onClick={() => begin.run()}
        >
          {state && !state.listening ? copy.listenAgain : copy.listen}
        </Button>
        <p role="status" className="flex min-w-0 flex-wrap items-center gap-2">
          {state?.listening ? (
            <Waiting state={state} />
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
    </>
  );
}

/** What is awaited: the other service, where it has to be told first, then the call. */
function Waiting({ state: { registration, expires_at } }: { readonly state: Listener }) {
  if (registration?.error) return <span className="min-w-0 break-words text-err">{registration.error.message}</span>;
  const isTold = registration === null || registration.state === "active";
  return (
    <>
      <Spinner />
      {isTold ? (registration ? copy.listeningPush : copy.listening) : copy.telling}
      <span className="text-muted">
        {copy.until} <Time at={expires_at} />
      </span>
    </>
  );
}

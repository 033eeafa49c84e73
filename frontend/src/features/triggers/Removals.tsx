import { useAction } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { Spinner } from "@/ui/Spinner";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { forgetRemoval, type Registration, retryRegistration, type Trigger } from "./queries";

interface RemovalsProps {
  readonly workflowId: string;
  readonly trigger: Trigger;
}

/** Earlier registrations that the other service has not taken away yet. */
export function Removals({ workflowId, trigger: { node_id, registration, removals } }: RemovalsProps) {
  if (removals.length === 0) return null;
  return (
    <ul aria-label={copy.removals} className="flex flex-col gap-2">
      {removals.map((removal) => (
        <li key={removal.id}>
          <Removal workflowId={workflowId} nodeId={node_id} removal={removal} canRetry={registration === null} />
        </li>
      ))}
    </ul>
  );
}

interface RemovalProps {
  readonly workflowId: string;
  readonly nodeId: string;
  readonly removal: Registration;
  readonly canRetry: boolean;
}

function Removal({ workflowId, nodeId, removal: { id, error, next_try_at }, canRetry }: RemovalProps) {
  const refusal = useRefusal(workflowId)("editor");
  const retry = useAction(() => retryRegistration(workflowId, nodeId), { refresh: ["workflows"] });
  const forget = useAction(() => forgetRemoval(workflowId, nodeId, id), { refresh: ["workflows"] });
  if (!error) {
    return (
      <p role="status" className="flex items-center gap-2">
        <Spinner />
        {copy.removing}
      </p>
    );
  }
  return (
    <div className="flex min-w-0 flex-col gap-2 rounded-control bg-warn-tint px-3 py-2">
      <p className="min-w-0 break-words">
        {copy.notRemoved} {error.message}
        {next_try_at ? (
          <span className="text-muted">
            {" "}
            {copy.nextTry} <Time at={next_try_at} />
          </span>
        ) : null}
      </p>
      <div className="flex flex-wrap gap-2">
        {canRetry ? (
          <Button refusal={refusal} isBusy={retry.isBusy} onClick={() => retry.run()}>
            {copy.tryAgain}
          </Button>
        ) : null}
        <Button refusal={refusal} isBusy={forget.isBusy} onClick={() => forget.run()}>
          {copy.forget}
        </Button>
      </div>
    </div>
  );
}

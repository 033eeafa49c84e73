import { useDocument } from "@/features/document";
import { Addresses } from "./Addresses";
import { copy } from "./copy";
import { useTriggers } from "./queries";
import { RegistrationPanel } from "./RegistrationPanel";
import { TriggerState } from "./TriggerState";

interface NodeAddressProps {
  readonly workflowId: string;
  readonly nodeId: string;
}

/** Where a node of the open workflow is called, and whether it is in service; nothing for one that is not called. */
export function NodeAddress({ workflowId, nodeId }: NodeAddressProps) {
  // The address comes from the params: it is asked for again once they are saved.
  const revision = useDocument((state) => state.base.revision);
  const triggers = useTriggers(workflowId, revision);
  const trigger = triggers.data?.find((one) => one.node_id === nodeId);
  if (trigger?.armed !== "webhook" && trigger?.armed !== "push") return null;
  const name = trigger.armed === "push" ? copy.registration : copy.calledAt;
  return (
    <section aria-label={name} className="flex min-w-0 flex-col gap-2 rounded-node border p-3">
      <header className="flex items-center justify-between gap-2">
        <h3 className="font-medium">{name}</h3>
        <TriggerState trigger={trigger} />
      </header>
      {trigger.active && trigger.changed ? <p className="text-meta text-muted">{copy.changedText}</p> : null}
      {trigger.error ? <p className="break-words text-err text-meta">{trigger.error}</p> : null}
      {trigger.armed === "push" ? (
        <RegistrationPanel workflowId={workflowId} trigger={trigger} />
      ) : (
        <Addresses workflowId={workflowId} trigger={trigger} />
      )}
    </section>
  );
}

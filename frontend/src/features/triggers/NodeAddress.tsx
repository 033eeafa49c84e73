import { useDocument } from "@/features/document";
import { Addresses } from "./Addresses";
import { copy } from "./copy";
import { useTriggers } from "./queries";
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
  if (!trigger?.url && !trigger?.test_url) return null;
  return (
    <section aria-label={copy.calledAt} className="flex min-w-0 flex-col gap-2 rounded-node border p-3">
      <header className="flex items-center justify-between gap-2">
        <h3 className="font-medium">{copy.calledAt}</h3>
        <TriggerState trigger={trigger} />
      </header>
      {trigger.active && trigger.changed ? <p className="text-meta text-muted">{copy.changedText}</p> : null}
      <Addresses workflowId={workflowId} trigger={trigger} />
    </section>
  );
}

import { useLiveRun } from "@/features/liveRun";

/** The first words of why a node failed, or why it waits, below it. */
export function NodeError({ nodeId }: { readonly nodeId: string }) {
  const message = useLiveRun((live) => {
    const run = live.byNode.get(nodeId);
    return run !== undefined && ["failed", "retrying", "completed"].includes(run.status)
      ? run.error?.message
      : undefined;
  });
  if (!message) return null;
  return (
    <span className="graph-error" title={message}>
      {message}
    </span>
  );
}

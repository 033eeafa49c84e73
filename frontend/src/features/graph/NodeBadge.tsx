import { Ban, Check, CircleDashed, LoaderCircle, Pause, RotateCw, SkipForward, X } from "lucide-react";
import { useLiveRun } from "@/features/liveRun";
import { copy } from "./copy";

const ICONS = {
  running: LoaderCircle,
  retrying: RotateCw,
  waiting: Pause,
  completed: Check,
  failed: X,
  skipped: SkipForward,
  cancelled: Ban,
  stale: CircleDashed,
};

interface NodeBadgeProps {
  readonly nodeId: string;
  readonly isStale: boolean;
}

/** How a node's last turn went, at its upper right corner. */
export function NodeBadge({ nodeId, isStale }: NodeBadgeProps) {
  const run = useLiveRun((live) => live.byNode.get(nodeId));
  if (run === undefined) return null;
  const status = isStale && run.status === "completed" ? "stale" : run.status;
  const Icon = ICONS[status];
  const count = Object.values(run.itemsOut).reduce((sum, items) => sum + items, 0);
  return (
    <span className="graph-badge" data-status={status} title={copy.status[status]}>
      <Icon
        aria-hidden="true"
        size={12}
        strokeWidth={2.5}
        className={status === "running" ? "animate-spin" : undefined}
      />
      {run.status === "completed" && count > 0 ? count.toLocaleString("en-US") : null}
    </span>
  );
}

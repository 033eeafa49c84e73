import { iterationsOf } from "@/domain/runState";
import { roundsOf } from "@/domain/timeline";
import { useLiveRun } from "@/features/liveRun";
import { cx } from "@/ui/cx";
import { Duration } from "@/ui/Duration";
import { StatusBadge } from "@/ui/StatusBadge";
import { VirtualList } from "@/ui/VirtualList";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { select, useEditor } from "../editorStore";

/** The node runs in order. A click selects the node on the canvas. */
export function RunTimeline() {
  const { viewport } = useEditorContext();
  const run = useLiveRun((live) => live.run);
  const chosen = useEditor((state) => state.selection.nodes);
  return (
    <VirtualList
      label={copy.timeline}
      className="h-full"
      items={[...run.runs.values()]}
      estimate={32}
      itemKey={(row) => `${row.nodeId}:${row.path}`}
      render={(row) => (
        <button
          type="button"
          onClick={() => {
            select([row.nodeId]);
            viewport.reveal([row.nodeId]);
          }}
          className={cx(
            "flex min-h-8 w-full items-center gap-3 px-3 text-left -outline-offset-2 hover:bg-raised",
            chosen.has(row.nodeId) && "bg-accent-tint",
          )}
        >
          <span className="w-28 shrink-0">
            <StatusBadge status={row.status} />
          </span>
          <span className="min-w-0 flex-1 truncate">
            {row.label}
            {row.path && iterationsOf(run, row.nodeId).length > 1 ? (
              <span className="text-muted">{` · ${copy.round(roundsOf(row.path))}`}</span>
            ) : null}
            {row.error ? <span className="text-err">{` · ${row.error.message}`}</span> : null}
          </span>
          {row.durationMs === null ? null : <Duration ms={row.durationMs} />}
        </button>
      )}
    />
  );
}

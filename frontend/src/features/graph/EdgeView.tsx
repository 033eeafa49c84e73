import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { Plus } from "lucide-react";
import { memo } from "react";
import { itemsAlong, useLiveRun } from "@/features/liveRun";
import { cx } from "@/ui/cx";
import { copy } from "./copy";
import { backPath } from "./edgePath";
import type { FlowEdge } from "./flowTypes";
import { useGraph, useGraphActions } from "./graphStore";

/** A connection, with the items that went through it, and a way to put a node into it. */
export const EdgeView = memo(function EdgeView(props: EdgeProps<FlowEdge>) {
  const { id, source, target, sourceHandleId, data, selected = false } = props;
  const actions = useGraphActions();
  const isFar = useGraph((state) => state.isFar);
  const isHovered = useGraph((state) => state.hoveredEdge === id);
  const isDropTarget = useGraph((state) => state.dropEdge === id);
  const count = useLiveRun((live) => itemsAlong(live, source, sourceHandleId ?? "main"));
  const isRunning = useLiveRun(
    (live) => live.byNode.get(target)?.status === "running" && live.run.status === "running",
  );
  const [path, x, y] = data?.isBack ? backPath(props) : getBezierPath(props);
  const isFlowing = isRunning && count !== null && count > 0;
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        interactionWidth={actions && !isFar ? 24 : 0}
        className={cx(
          "graph-edge",
          selected && "is-selected",
          isHovered && "is-hovered",
          isDropTarget && "is-drop",
          data?.isBack && "is-back",
          data?.isDisabled && "is-disabled",
          data?.isMissing && "is-missing",
          data?.isError && "is-error",
          data?.isBeside && "is-beside",
          count === 0 && !data?.isBeside && "is-empty",
          count !== null && count > 0 && "is-used",
          isFlowing && "is-flowing",
        )}
      />
      {!isFar && count !== null && !data?.isBeside ? (
        <EdgeLabelRenderer>
          <span
            className={cx("graph-count", count === 0 && "is-empty")}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y - 12}px)` }}
          >
            {count.toLocaleString("en-US")}
          </span>
        </EdgeLabelRenderer>
      ) : null}
      {actions && !isFar && !data?.isBeside && (isHovered || selected) ? (
        <EdgeLabelRenderer>
          <button
            type="button"
            tabIndex={-1}
            data-edge-insert={id}
            aria-label={copy.insert}
            className="graph-insert nodrag nopan"
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            onClick={() => actions.insertInto(id)}
          >
            <Plus aria-hidden="true" size={14} strokeWidth={2} />
          </button>
        </EdgeLabelRenderer>
      ) : null}
    </>
  );
});

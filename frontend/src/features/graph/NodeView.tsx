import type { NodeProps } from "@xyflow/react";
import { Zap } from "lucide-react";
import { memo } from "react";
import { summaryOf } from "@/domain/summary";
import { useLiveRun } from "@/features/liveRun";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { copy } from "./copy";
import { FarHandles } from "./FarHandles";
import { FarTile } from "./FarTile";
import type { FlowNode } from "./flowTypes";
import { useGraph } from "./graphStore";
import { NodeBadge } from "./NodeBadge";
import { NodeChips } from "./NodeChips";
import { NodeError } from "./NodeError";
import { NodeHandles } from "./NodeHandles";
import { NodeProblem } from "./NodeProblem";
import { nodeElementId, nodeName, runStatus, tileColor } from "./nodeText";
import { StreamLine } from "./StreamLine";

/** A node of any kind, drawn from the catalogue. */
export const NodeView = memo(function NodeView({ id, data, selected }: NodeProps<FlowNode>) {
  const { node, type, handles } = data;
  const status = useLiveRun((live) => runStatus(live.byNode.get(id)));
  const isFar = useGraph((state) => state.isFar);
  // From afar only the handles of the node under the pointer are there: a thousand more would be asked at each move.
  const isHovered = useGraph((state) => state.isFar && state.hoveredNode === id);
  const isStale = useGraph((state) => state.stale.has(id));
  const step = useGraph((state) => {
    if (state.connecting !== null && state.connecting.nodeId !== id) {
      return state.connecting.allowed.has(id) ? "allowed" : "refused";
    }
    return state.hits === null ? undefined : state.hits.has(id) ? "hit" : "miss";
  });
  const mark = useGraph((state) => state.marks.get(id));
  const isFlashed = useGraph((state) => state.flashed.has(id));
  const isDisabled = node.data.settings.disabled === true;
  const label = node.data.label || type?.label || node.type;
  const color = tileColor(type);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls; this is one thing among others on the canvas
    <div
      id={nodeElementId(id)}
      role="group"
      aria-roledescription={copy.node}
      aria-label={nodeName(data, status)}
      aria-current={selected || undefined}
      data-status={isStale && status === "completed" ? "stale" : status}
      data-step={step}
      data-mark={mark}
      data-flashed={isFlashed || undefined}
      data-trigger={type?.is_trigger || undefined}
      data-disabled={isDisabled || undefined}
      data-slots={handles.inputs.some((handle) => handle.gives !== "items") || undefined}
      className={cx("graph-node", selected && "is-selected", isFar && "is-far")}
    >
      {isFar ? (
        <FarTile icon={type?.icon} color={color} />
      ) : (
        <>
          <span aria-hidden="true" className="graph-tile" style={{ backgroundColor: color }}>
            <Icon name={type?.icon} size={20} />
            {type?.is_trigger ? <Zap size={12} strokeWidth={2.5} className="graph-bolt" /> : null}
          </span>
          <span className="min-w-0 flex-1">
            <span className="graph-label" title={label}>
              {label}
            </span>
            <span className="graph-subtitle">
              <StreamLine nodeId={id}>
                {type ? summaryOf(type, node.data.params) : copy.unknownKind(node.type)}
              </StreamLine>
            </span>
          </span>
          <NodeBadge nodeId={id} isStale={isStale} />
          <NodeProblem nodeId={id} />
          <NodeChips data={data} />
          <NodeError nodeId={id} />
        </>
      )}
      {isFar && !isHovered ? (
        <FarHandles node={node} handles={handles} />
      ) : (
        <NodeHandles nodeId={id} label={label} handles={handles} isNear={!isFar} isSelected={selected} />
      )}
    </div>
  );
});

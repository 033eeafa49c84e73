import { Handle, type NodeProps, Position } from "@xyflow/react";
import { Minus, PencilLine, Plus } from "lucide-react";
import { memo } from "react";
import { tileColor } from "@/features/graph";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import type { ComparedFlowNode } from "./comparedGraph";
import { copy } from "./copy";

const LOOKS = {
  added: { className: "border-2 border-ok bg-ok-tint", label: copy.added, Mark: Plus },
  removed: { className: "border-2 border-err border-dashed bg-err-tint opacity-70", label: copy.removed, Mark: Minus },
  changed: { className: "border-2 border-warn bg-warn-tint", label: copy.changed, Mark: PencilLine },
  same: { className: "border-control bg-surface", label: "", Mark: null },
} as const;

/** A node of two versions, marked by what happened to it. */
export const ComparedNode = memo(function ComparedNode({ data }: NodeProps<ComparedFlowNode>) {
  const { className, label, Mark } = LOOKS[data.kind];
  return (
    <div className="h-full rounded-node bg-surface">
      <div className={cx("relative flex h-full items-center gap-2 rounded-node border px-3", className)}>
        <Handle type="target" position={Position.Left} isConnectable={false} className="opacity-0!" />
        <span
          aria-hidden="true"
          className="flex size-10 shrink-0 items-center justify-center rounded-node text-on-accent"
          style={{ backgroundColor: tileColor(data.nodeType) }}
        >
          <Icon name={data.nodeType?.icon} size={20} />
        </span>
        <span className="min-w-0 flex-1">
          <span className={cx("block truncate font-semibold text-body", data.kind === "removed" && "line-through")}>
            {data.label}
          </span>
          <span className="block truncate text-meta text-muted">{data.typeLabel}</span>
        </span>
        {Mark ? (
          <span title={label} className="absolute -top-2.5 right-2 rounded-full border bg-surface p-0.5">
            <Mark aria-hidden="true" size={14} strokeWidth={2} />
            <span className="sr-only">{label}</span>
          </span>
        ) : null}
        <Handle type="source" position={Position.Right} isConnectable={false} className="opacity-0!" />
      </div>
    </div>
  );
});

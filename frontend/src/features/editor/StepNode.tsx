import { Handle, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import { summaryOf } from "@/domain/summary";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "./copy";
import type { CanvasNode } from "./nodeData";

const OUTLINES: Readonly<Record<string, string>> = {
  running: "border-run border-2",
  retrying: "border-warn border-2",
  failed: "border-err border-2",
  waiting: "border-wait border-2",
};

/** Every kind of node on the canvas: icon, label, summary, handles by name, and how it went. */
export const StepNode = memo(function StepNode({ data, selected }: NodeProps<CanvasNode>) {
  const { node, type, handles, status, itemsOut, error, hasProblem, isPinned } = data;
  const isDisabled = node.data.settings.disabled === true;
  const outline = (status && OUTLINES[status]) || (hasProblem ? "border-err" : "border-control");
  const outputs = handles.outputs.filter((one) => !one.isError || one.connected || selected);
  const subtitle = type ? summaryOf(type, node.data.params) || type.label : `${node.type}: ${copy.unknownKind}`;
  return (
    <div
      className={cx(
        "group relative flex h-full w-full items-center gap-2 rounded-node border bg-surface px-3 shadow-low",
        type?.is_trigger && "rounded-l-[32px]",
        selected ? "border-2 border-accent" : outline,
        isDisabled && "opacity-50",
      )}
    >
      {handles.inputs.map((input, at) => (
        <Handle
          key={input.name}
          id={input.name}
          type="target"
          position={Position.Left}
          style={{ top: place(at, handles.inputs.length) }}
          title={input.label}
          className="size-3! border-control! bg-surface!"
        />
      ))}
      <span className={cx("flex size-10 shrink-0 items-center justify-center rounded-node bg-raised", tint(type))}>
        <Icon name={type?.icon} size={20} />
      </span>
      <span className="min-w-0 flex-1">
        <span className={cx("block truncate font-semibold text-body", isDisabled && "line-through")}>
          {node.data.label}
        </span>
        <span className="block truncate text-meta text-muted">{subtitle}</span>
      </span>
      {status ? (
        <span className="absolute -top-3 right-2 flex rounded-control bg-surface">
          <StatusBadge
            status={status}
            {...(status === "completed" && itemsOut !== null ? { label: String(itemsOut) } : {})}
          />
        </span>
      ) : null}
      {isPinned ? (
        <span className="absolute -bottom-2 left-3 rounded-control bg-surface px-1 text-meta text-wait">
          {copy.pinned}
        </span>
      ) : null}
      {error ? (
        <span className="absolute top-full left-0 mt-2 line-clamp-2 w-full break-words text-err text-meta">
          {error}
        </span>
      ) : null}
      {outputs.map((output, at) => (
        <Handle
          key={output.name}
          id={output.name}
          type="source"
          position={Position.Right}
          style={{ top: place(at, outputs.length) }}
          title={output.label}
          className={cx("size-3! bg-surface!", output.isError || output.missing ? "border-err!" : "border-control!")}
        >
          {outputs.length > 1 ? (
            <span className="pointer-events-none absolute -top-1 left-4 whitespace-nowrap text-meta text-muted">
              {output.label}
            </span>
          ) : null}
        </Handle>
      ))}
    </div>
  );
});

/** Handles stand 24 apart around the middle. */
function place(at: number, count: number): string {
  return `calc(50% + ${(at - (count - 1) / 2) * 24}px)`;
}

const TINTS: Readonly<Record<string, string>> = {
  trigger: "text-[var(--category-trigger)]",
  ai: "text-[var(--category-ai)]",
  data: "text-[var(--category-data)]",
  flow: "text-[var(--category-flow)]",
  integration: "text-[var(--category-integration)]",
  network: "text-[var(--category-integration)]",
  human: "text-[var(--category-human)]",
  code: "text-[var(--category-code)]",
};

function tint(type: { category: string; is_trigger: boolean } | undefined): string | undefined {
  if (!type) return undefined;
  return type.is_trigger ? TINTS.trigger : TINTS[type.category];
}

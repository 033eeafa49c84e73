import { Command } from "cmdk";
import type { NodeType } from "@/domain/definition";
import { tileColor } from "@/features/graph";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { dragKind } from "./dragKind";

interface PaletteRowProps {
  readonly type: NodeType;
  readonly value: string;
  readonly isDraggable?: boolean;
  /** Why it does not fit; it stands instead of what the node does. */
  readonly reason?: string;
  /** Without it, the type is there to read why. */
  readonly onChoose?: () => void;
}

/** A node type to choose, or to read why it cannot be chosen here. */
export function PaletteRow({ type, value, isDraggable = false, reason, onChoose }: PaletteRowProps) {
  const isDisabled = onChoose === undefined;
  return (
    <Command.Item
      value={value}
      disabled={isDisabled}
      onSelect={() => onChoose?.()}
      draggable={isDraggable}
      onDragStart={(event) => dragKind(event, type.kind)}
      title={reason ?? type.description}
      className={cx(
        "flex items-center gap-2.5 rounded-control px-2 py-1.5 data-[selected=true]:bg-raised",
        isDisabled ? "cursor-default" : "cursor-pointer",
      )}
    >
      <span
        aria-hidden="true"
        className={cx(
          "flex size-7 shrink-0 items-center justify-center rounded-control",
          isDisabled ? "border text-muted" : "text-on-accent",
        )}
        {...(isDisabled ? {} : { style: { backgroundColor: tileColor(type) } })}
      >
        <Icon name={type.icon} size={16} />
      </span>
      <span className="min-w-0">
        <span className={cx("block truncate font-medium", isDisabled && "text-muted")}>{type.label}</span>
        <span className={cx("block text-meta text-muted", reason === undefined && "truncate")}>
          {reason ?? type.description}
        </span>
      </span>
    </Command.Item>
  );
}

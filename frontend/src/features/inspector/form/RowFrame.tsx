import { ChevronDown, ChevronUp, GripVertical, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import { copy } from "../copy";

interface RowFrameProps {
  readonly label: string;
  readonly place: number;
  /** Rows are dropped among their own alone. */
  readonly group: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly isDisabled: boolean;
  readonly onMove: (by: -1 | 1) => void;
  readonly onDrop: (from: number) => void;
  readonly onRemove: () => void;
  readonly children: ReactNode;
}

/** A row of a list with what moves it: a grip for the pointer, buttons for everybody. */
export function RowFrame(props: RowFrameProps) {
  const { label, place, group, isFirst, isLast, isDisabled, onMove, onDrop, onRemove, children } = props;
  const [isOver, setIsOver] = useState(false);
  // The type carries the list's name: while dragging, a page may read types alone.
  const type = `application/x-row-${group.toLowerCase().replace(/[^a-z0-9.]/g, "-")}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset does not lay out its legend
    <div
      role="group"
      aria-label={label}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(type)) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        setIsOver(false);
        const from = Number.parseInt(event.dataTransfer.getData(type), 10);
        if (Number.isNaN(from) || from === place) return;
        event.preventDefault();
        onDrop(from);
      }}
      className={cx("min-w-0 rounded-node border bg-surface", isOver && "border-accent")}
    >
      <div className="flex h-8 items-center gap-1 border-b pr-1 pl-1 text-meta text-muted">
        <span
          aria-hidden="true"
          draggable={!isDisabled}
          onDragStart={(event) => {
            event.dataTransfer.setData(type, String(place));
            event.dataTransfer.effectAllowed = "move";
          }}
          className="inline-flex size-6 cursor-grab items-center justify-center"
        >
          <GripVertical size={14} strokeWidth={1.75} />
        </span>
        <span className="min-w-0 flex-1 truncate">{label}</span>
        <IconButton
          size="small"
          label={copy.form.moveUp(label)}
          icon={<ChevronUp size={14} strokeWidth={1.75} />}
          disabled={isDisabled || isFirst}
          onClick={() => onMove(-1)}
        />
        <IconButton
          size="small"
          label={copy.form.moveDown(label)}
          icon={<ChevronDown size={14} strokeWidth={1.75} />}
          disabled={isDisabled || isLast}
          onClick={() => onMove(1)}
        />
        <IconButton
          size="small"
          label={copy.form.remove(label)}
          icon={<Trash2 size={14} strokeWidth={1.75} />}
          disabled={isDisabled}
          onClick={onRemove}
        />
      </div>
      <div data-row className="p-2.5">
        {children}
      </div>
    </div>
  );
}

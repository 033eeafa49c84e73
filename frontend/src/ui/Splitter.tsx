import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { cx } from "./cx";

interface SplitterProps {
  readonly label: string;
  /** `vertical`: a standing line between left and right. */
  readonly orientation: "vertical" | "horizontal";
  /** The size in px of the panel it resizes. */
  readonly size: number;
  readonly min: number;
  readonly max: number;
  /** The panel stands after the line (right or below), so that moving towards it makes it smaller. */
  readonly isPanelAfter?: boolean;
  readonly onResize: (size: number) => void;
}

const STEP = 16;

/** The line between two panels, moved by the pointer or the arrows. */
export function Splitter({ label, orientation, size, min, max, isPanelAfter = false, onResize }: SplitterProps) {
  const start = useRef<{ readonly at: number; readonly size: number } | null>(null);
  const isVertical = orientation === "vertical";
  const sign = isPanelAfter ? -1 : 1;
  const resize = (next: number) => onResize(Math.round(Math.min(max, Math.max(min, next))));
  const place = (event: PointerEvent) => (isVertical ? event.clientX : event.clientY);
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    const isOurs = isVertical === (event.key === "ArrowLeft" || event.key === "ArrowRight");
    if (direction !== undefined && isOurs) resize(size + direction * sign * STEP);
    else if (event.key === "Home") resize(min);
    else if (event.key === "End") resize(max);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be moved
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { at: place(event), size };
      }}
      onPointerMove={(event) => {
        if (start.current) resize(start.current.size + sign * (place(event) - start.current.at));
      }}
      onLostPointerCapture={() => {
        start.current = null;
      }}
      className={cx(
        "relative z-10 shrink-0 touch-none bg-line transition-colors before:absolute hover:bg-accent focus-visible:bg-accent",
        isVertical
          ? "w-px cursor-col-resize before:inset-y-0 before:-inset-x-1"
          : "h-px cursor-row-resize before:inset-x-0 before:-inset-y-1",
      )}
    />
  );
}

import type { ReactNode } from "react";
import { copy } from "./copy";
import { useDroppedText } from "./useDroppedText";

interface DropZoneProps {
  /** Keep it stable. */
  readonly onText: (text: string) => void;
  readonly children: ReactNode;
}

/** A screen on which files can be dropped, and into which a workflow can be pasted. */
export function DropZone({ onText, children }: DropZoneProps) {
  const { isOver, handlers } = useDroppedText(onText);
  return (
    <div {...handlers} className="min-h-full">
      {children}
      {isOver ? (
        <div className="pointer-events-none absolute inset-2 z-20 flex items-center justify-center rounded-dialog border-2 border-accent border-dashed bg-accent-tint/90 font-semibold text-panel">
          {copy.dropHere}
        </div>
      ) : null}
    </div>
  );
}

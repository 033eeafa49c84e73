import type { DragEvent } from "react";

const TYPE = "application/x-heddle-kind";

export function dragKind(event: DragEvent, kind: string): void {
  event.dataTransfer.setData(TYPE, kind);
  event.dataTransfer.effectAllowed = "copy";
}

export function draggedKind(event: DragEvent): string | null {
  return event.dataTransfer.getData(TYPE) || null;
}

import { expressionPath, type Path } from "@/domain/paths";

/** What a field is called in an expression, and what a click on it does. */
export interface References {
  /** `$json`, or `$('Label').item.json` from farther back. */
  readonly base: string;
  /** Puts a reference into the field that is in use; absent where there is none to put it in. */
  readonly onInsert?: ((reference: string) => void) | undefined;
}

export function referenceTo({ base }: References, path: Path): string {
  return expressionPath(base, path);
}

/** Returns the props of something that may be dragged into a field as an expression. */
export function draggable(references: References, path: Path) {
  return {
    draggable: true,
    onDragStart: (event: React.DragEvent) => {
      event.dataTransfer.setData("text/plain", `{{ ${referenceTo(references, path)} }}`);
      event.dataTransfer.effectAllowed = "copy";
    },
  };
}

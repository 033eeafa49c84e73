import { type DragEvent, useEffect, useState } from "react";

const WRITING = "input, textarea, [contenteditable], [role=dialog], [role=alertdialog]";

/** Hands on texts of files that are dropped, and of what is pasted outside of fields. */
export function useDroppedText(onText: (text: string) => void) {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain").trim() ?? "";
      const isInField = event.target instanceof Element && event.target.closest(WRITING) !== null;
      if (isInField || !looksLikeWorkflow(text)) return;
      event.preventDefault();
      onText(text);
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  }, [onText]);
  const takes = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!takes(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        setIsOver(true);
      },
      onDragLeave: (event: DragEvent) => {
        const isInside = event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget);
        if (!isInside) setIsOver(false);
      },
      onDrop: (event: DragEvent) => {
        if (!takes(event)) return;
        event.preventDefault();
        setIsOver(false);
        void event.dataTransfer.files[0]?.text().then(onText);
      },
    },
  };
}

/** Whether a text may be a workflow of ours or of another product: JSON or YAML that names nodes. */
export function looksLikeWorkflow(text: string): boolean {
  return /^[{[]/.test(text) ? /"nodes"\s*:/.test(text) : /^(nodes|workflow|graph)\s*:/m.test(text);
}

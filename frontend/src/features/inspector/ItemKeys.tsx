import { useEffect } from "react";

interface ItemKeysProps {
  readonly at: number;
  readonly total: number;
  readonly onChoose: (at: number) => void;
}

/** The keys [ and ] go to the item before and after, unless somebody writes. */
export function ItemKeys({ at, total, onChoose }: ItemKeysProps) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const step = event.key === "]" ? 1 : event.key === "[" ? -1 : 0;
      const isWriting = event.target instanceof Element && event.target.closest("input, textarea, .cm-editor");
      if (step === 0 || isWriting || event.metaKey || event.ctrlKey || event.altKey) return;
      onChoose(Math.max(0, Math.min(total - 1, at + step)));
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [at, total, onChoose]);
  return null;
}

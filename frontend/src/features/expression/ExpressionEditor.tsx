import { lazy, Suspense, useRef } from "react";
import type { ExpressionEditorProps } from "./editorProps";
import { PlainEditor } from "./PlainEditor";

const Loaded = lazy(async () => ({
  default: (await import("./LoadedExpressionEditor")).LoadedExpressionEditor,
}));

/** The editor of an expression field. Until it is loaded, a plain one takes the keys. */
export function ExpressionEditor(props: ExpressionEditorProps) {
  const anchor = useRef<number | null>(null);
  return (
    <Suspense fallback={<PlainEditor {...props} anchor={anchor} />}>
      <Loaded {...props} anchor={anchor} />
    </Suspense>
  );
}

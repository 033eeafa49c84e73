import { lazy, Suspense } from "react";
import { controlClass } from "@/ui/controlClass";
import { cx } from "@/ui/cx";
import type { ExpressionEditorProps } from "./editorProps";

const Loaded = lazy(async () => ({
  default: (await import("./LoadedExpressionEditor")).LoadedExpressionEditor,
}));

/** The editor of an expression field. Until it is loaded, a plain one takes the keys. */
export function ExpressionEditor(props: ExpressionEditorProps) {
  const { id, label, value, onChange, isMultiline, cursor, className } = props;
  return (
    <Suspense
      fallback={
        <textarea
          ref={(element) => element?.focus()}
          id={id}
          rows={isMultiline ? 3 : 1}
          aria-label={label}
          aria-describedby={props["aria-describedby"]}
          value={value}
          // Who went on before the editor came is not called back by it. Its coming itself leads nowhere else.
          onBlur={({ relatedTarget }) => {
            if (relatedTarget !== null) props.onBlur?.();
          }}
          onChange={(event) => {
            cursor.current = event.target.selectionEnd;
            onChange(event.target.value);
          }}
          className={cx(controlClass, "resize-none px-2.5 py-1.25", className)}
        />
      }
    >
      <Loaded {...props} />
    </Suspense>
  );
}

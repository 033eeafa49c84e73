import { lazy, Suspense, useRef } from "react";
import type { CodeEditorProps } from "./codeEditorProps";
import { controlClass } from "./controlClass";
import { cx } from "./cx";

const Loaded = lazy(async () => ({ default: (await import("./LoadedCodeEditor")).LoadedCodeEditor }));

/** An editor for code, JSON and long texts. Until it is loaded, a plain field with the same text. */
export function CodeEditor(props: CodeEditorProps) {
  const hasFocus = useRef(false);
  return (
    <Suspense
      fallback={
        <textarea
          readOnly
          aria-label={props.label}
          value={props.value}
          onFocus={() => {
            hasFocus.current = true;
          }}
          onBlur={() => {
            hasFocus.current = false;
          }}
          className={cx(controlClass, "min-h-24 px-2.5 py-1.5 font-mono text-meta", props.className)}
        />
      }
    >
      <Loaded {...props} takesFocus={hasFocus} />
    </Suspense>
  );
}

import { useLayoutEffect, useRef } from "react";
import { controlClass } from "@/ui/controlClass";
import { cx } from "@/ui/cx";
import type { StagedEditorProps } from "./editorProps";

/** Takes the keys until the editor is there, which goes on with the text and the selection of this one. */
export function PlainEditor(props: StagedEditorProps) {
  const { id, label, value, onChange, isMultiline, cursor, anchor, className } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.focus();
    element.setSelectionRange(cursor.current, cursor.current);
    return () => {
      anchor.current = element.selectionStart;
      cursor.current = element.selectionEnd;
    };
  }, [cursor, anchor]);
  return (
    <textarea
      ref={field}
      id={id}
      rows={isMultiline ? 3 : 1}
      aria-label={label}
      aria-describedby={props["aria-describedby"]}
      value={value}
      // Who went on before the editor came is not called back by it. Its coming itself leads nowhere else.
      onBlur={({ relatedTarget }) => {
        if (relatedTarget !== null) props.onBlur?.();
      }}
      onChange={({ target }) => onChange(target.value)}
      className={cx(controlClass, "resize-none px-2.5 py-1.25", className)}
    />
  );
}

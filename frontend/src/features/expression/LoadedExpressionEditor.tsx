import { useEffect, useLayoutEffect, useRef } from "react";
import { baseExtensions, EditorState, EditorView, placeholder as placeholderText } from "@/ui/codeMirror";
import { controlClass } from "@/ui/controlClass";
import { cx } from "@/ui/cx";
import type { StagedEditorProps } from "./editorProps";
import { expressionExtensions } from "./expressionExtensions";
import { setWrong } from "./wrongMark";

/** CodeMirror for one expression field; it takes the focus when it is there. */
export function LoadedExpressionEditor(props: StagedEditorProps) {
  const { id, label, value, isMultiline, isLarge = false, wrongAt, className } = props;
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  // Before anything else happens: what stood here had the focus, and a key without one would be a shortcut.
  useLayoutEffect(() => {
    if (box.current === null) return;
    const given = latest.current;
    const within = (place: number) => Math.min(place, given.value.length);
    const head = within(given.cursor.current);
    const selection = { anchor: within(given.anchor.current ?? head), head };
    given.anchor.current = null;
    const editor = new EditorView({
      parent: box.current,
      doc: given.value,
      selection,
      extensions: [
        ...baseExtensions(),
        ...expressionExtensions({ isMultiline, sample: () => latest.current.sample }),
        ...(given.placeholder ? [placeholderText(given.placeholder)] : []),
        EditorView.contentAttributes.of({
          "aria-label": label,
          ...(id ? { id } : {}),
          ...(given["aria-describedby"] ? { "aria-describedby": given["aria-describedby"] } : {}),
          ...(given["aria-invalid"] ? { "aria-invalid": "true" } : {}),
        }),
        EditorState.tabSize.of(2),
        EditorView.updateListener.of((update) => {
          latest.current.cursor.current = update.state.selection.main.head;
          if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          // The window losing the focus is not leaving the field.
          if (update.focusChanged && !update.view.hasFocus && document.hasFocus()) latest.current.onBlur?.();
        }),
      ],
    });
    view.current = editor;
    editor.focus();
    // A dialog around it takes the focus for itself when it opens; the editor has it after that.
    const frame = requestAnimationFrame(() => editor.focus());
    return () => {
      cancelAnimationFrame(frame);
      view.current = null;
      editor.destroy();
    };
  }, [id, label, isMultiline]);

  // With the drawing that brings it: done later, it would put the text back that was there before a key meanwhile.
  useLayoutEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  // After the effects above: of a new editor, and of a text that was set from outside.
  // biome-ignore lint/correctness/useExhaustiveDependencies: those that make a new editor
  useEffect(() => {
    view.current?.dispatch({ effects: setWrong.of(wrongAt) });
  }, [wrongAt, id, label, isMultiline]);

  return (
    <div
      ref={box}
      data-multiline={isMultiline || undefined}
      className={cx(
        controlClass,
        "cursor-text overflow-auto px-1 focus-within:border-accent focus-within:outline-1 focus-within:outline-accent",
        isLarge ? "min-h-60" : isMultiline ? "max-h-80 min-h-16" : "max-h-40 min-h-8",
        className,
      )}
    />
  );
}

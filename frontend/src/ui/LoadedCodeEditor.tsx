import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { useEffect, useRef } from "react";
import type { CodeEditorProps, CodeProblem } from "./codeEditorProps";
import { baseExtensions, Compartment, codeExtensions, EditorState, EditorView, languageOf } from "./codeMirror";
import { controlClass } from "./controlClass";
import { cx } from "./cx";

const NONE: NonNullable<CodeEditorProps["extensions"]> = [];

interface LoadedCodeEditorProps extends CodeEditorProps {
  /** Whether what stood here before had the focus. */
  readonly takesFocus?: { current: boolean };
}

/** CodeMirror as a controlled field. */
export function LoadedCodeEditor({ takesFocus, ...props }: LoadedCodeEditorProps) {
  const { id, label, value, language, problems, isReadOnly = false, extensions = NONE, className } = props;
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  const describedBy = props["aria-describedby"];
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    if (box.current === null) return;
    const grammar = new Compartment();
    const editor = new EditorView({
      parent: box.current,
      doc: latest.current.value,
      extensions: [
        ...baseExtensions(),
        ...codeExtensions(),
        grammar.of([]),
        EditorState.readOnly.of(isReadOnly),
        EditorView.contentAttributes.of(() => {
          const about = latest.current["aria-describedby"];
          return { "aria-label": label, ...(id ? { id } : {}), ...(about ? { "aria-describedby": about } : {}) };
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
          if (update.focusChanged && !update.view.hasFocus) latest.current.onBlur?.();
        }),
        ...extensions,
      ],
    });
    view.current = editor;
    if (takesFocus?.current) {
      takesFocus.current = false;
      editor.focus();
    }
    let isGone = false;
    void languageOf(language).then((found) => {
      if (found && !isGone) editor.dispatch({ effects: grammar.reconfigure(found) });
    });
    return () => {
      isGone = true;
      view.current = null;
      editor.destroy();
    };
  }, [id, label, language, isReadOnly, extensions, takesFocus]);

  useEffect(() => {
    // A message that comes or goes is no reason for another editor: that would take the cursor from who writes.
    if (describedBy !== view.current?.contentDOM.getAttribute("aria-describedby")) view.current?.dispatch({});
  }, [describedBy]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor)
      editor.dispatch(
        setDiagnostics(
          editor.state,
          (problems ?? []).map((one) => diagnostic(editor, one)),
        ),
      );
  }, [problems]);

  return (
    <div
      ref={box}
      className={cx(
        controlClass,
        "min-h-24 overflow-auto focus-within:border-accent",
        props["aria-invalid"] && "border-err",
        className,
      )}
    />
  );
}

function diagnostic(editor: EditorView, { line, column, message, severity = "error" }: CodeProblem): Diagnostic {
  const at = editor.state.doc.line(Math.min(Math.max(line, 1), editor.state.doc.lines));
  const from = Math.min(at.from + Math.max(column, 0), at.to);
  return { from, to: at.to, message, severity };
}

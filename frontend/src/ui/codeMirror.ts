/** CodeMirror as this app uses it: look, keys, nonce, and the languages, each loaded when it is needed. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  completionStatus,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import {
  bracketMatching,
  defaultHighlightStyle,
  HighlightStyle,
  indentOnInput,
  type LanguageSupport,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers, placeholder, ViewPlugin } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { nonce } from "./nonce";

export { Compartment, EditorState, EditorView, keymap, placeholder };

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "12px", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "18px" },
  ".cm-content": { caretColor: "var(--text)", padding: "6px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 24%, transparent)",
  },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--accent) 20%, transparent) !important" },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    border: "1px solid var(--line)",
    borderRadius: "8px",
    boxShadow: "0 4px 12px rgb(0 0 0 / 12%)",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete > ul > li": { padding: "4px 8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--raised)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
  ".cm-diagnostic": { padding: "4px 8px" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier], color: "var(--wait)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ok)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--run)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.propertyName], color: "var(--accent)" },
  { tag: tags.invalid, color: "var(--err)" },
]);

/** Esc closes the list of completions, and not yet the dialog around it, which would hear of the key first. */
const escapeClosesCompletion = ViewPlugin.fromClass(
  class {
    constructor(private readonly view: EditorView) {
      window.addEventListener("keydown", this.onKeyDown, true);
    }
    private readonly onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !this.view.hasFocus) return;
      const isShown = completionStatus(this.view.state) === "active";
      closeCompletion(this.view); // one that is still looked for as well: it would open after the field was left
      if (!isShown) return;
      event.preventDefault();
      event.stopPropagation();
    };
    destroy() {
      window.removeEventListener("keydown", this.onKeyDown, true);
    }
  },
);

/**
 * Writes over a selection. The browser itself would carry the look of what was selected over by a style attribute, which
 * the page's policy refuses and reports.
 */
const writeOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { state, composing } = view;
    const { main } = state.selection;
    const { data: text, inputType } = event;
    if (inputType !== "insertText" || text === null || main.empty || composing || state.readOnly) return false;
    event.preventDefault();
    const insert = () =>
      view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    const isTaken = state
      .facet(EditorView.inputHandler)
      .some((handle) => handle(view, main.from, main.to, text, insert));
    if (!isTaken) view.dispatch(insert());
    return true;
  },
});

/** Without Ctrl+Enter: in CodeMirror it adds an empty line, here it runs the workflow. */
const ownKeymap = defaultKeymap.filter(({ key }) => key !== "Mod-Enter");

/** What every editor of the app has. */
export function baseExtensions(): Extension[] {
  return [
    ...(nonce ? [EditorView.cspNonce.of(nonce)] : []),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ icons: false }),
    escapeClosesCompletion,
    writeOverSelection,
    look,
    syntaxHighlighting(colours),
    syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
    EditorView.lineWrapping,
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...ownKeymap, ...historyKeymap, ...lintKeymap]),
  ];
}

/** What editors of code have beside that. Tab leaves them, as it leaves any field; Ctrl+] and Ctrl+[ indent. */
export function codeExtensions(): Extension[] {
  return [lineNumbers()];
}

/** Loads a language's grammar; null for plain text and unknown ones. */
export async function languageOf(name: string | null | undefined): Promise<LanguageSupport | null> {
  if (name === "python") return (await import("@codemirror/lang-python")).python();
  if (name === "javascript") return (await import("@codemirror/lang-javascript")).javascript();
  if (name === "json") return (await import("@codemirror/lang-json")).json();
  return null;
}

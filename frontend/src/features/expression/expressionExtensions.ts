/** CodeMirror on expression fields: colours of tokens, completion from real data, one line where one is meant. */

import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  startCompletion,
} from "@codemirror/autocomplete";
import { EditorState, type Extension, Prec, RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { completionContext, type Sample, type Suggestion, suggestions } from "@/domain/completion";
import { tokenise } from "@/domain/expression";
import { tokenClass } from "./tokenClass";
import { wrongMark } from "./wrongMark";

interface Options {
  readonly isMultiline: boolean;
  readonly sample: () => Sample;
}

const body = Decoration.mark({ class: "bg-wait-tint" });

function decorate(view: EditorView): DecorationSet {
  const made = new RangeSetBuilder<Decoration>();
  for (const token of tokenise(view.state.doc.toString())) {
    if (token.kind === "text") continue;
    const colour = tokenClass(token.kind);
    made.add(token.start, token.end, colour ? Decoration.mark({ class: `${colour} bg-wait-tint` }) : body);
  }
  return made.finish();
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = decorate(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function choose(view: EditorView, suggestion: Suggestion, from: number, to: number, begun: number): void {
  const start = from - (begun - suggestion.from);
  const end = start + suggestion.insert.length - suggestion.back;
  view.dispatch({
    changes: { from: start, to, insert: suggestion.insert },
    selection: { anchor: end },
    userEvent: "input.complete",
  });
  if (suggestion.insert === "$('')") startCompletion(view);
}

function complete(context: CompletionContext, sample: Sample): CompletionResult | null {
  const text = context.state.doc.toString();
  const at = completionContext(text, context.pos);
  if (at === null) return null;
  const found = suggestions(at, sample);
  if (found.length === 0) return null;
  return {
    from: at.from,
    to: at.to,
    filter: false,
    options: found.map((suggestion) => ({
      label: suggestion.name,
      detail: suggestion.detail,
      type: suggestion.kind,
      ...(suggestion.info ? { info: suggestion.info } : {}),
      apply: (view: EditorView, _: unknown, from: number, to: number) => choose(view, suggestion, from, to, at.from),
    })),
  };
}

const oneLine: Extension[] = [
  // A pasted line break becomes a blank: the field has one line.
  EditorState.transactionFilter.of((change) => {
    if (!change.docChanged || change.newDoc.lines <= 1) return change;
    const text = change.newDoc.toString().replace(/\s*\n\s*/g, " ");
    return [
      { changes: { from: 0, to: change.startState.doc.length, insert: text }, selection: { anchor: text.length } },
    ];
  }),
  keymap.of([{ key: "Enter", run: () => true, shift: () => true }]),
];

/** Returns what an editor of expressions has beside the base. */
export function expressionExtensions({ isMultiline, sample }: Options): Extension[] {
  return [
    colours,
    wrongMark,
    autocompletion({
      override: [(context) => complete(context, sample())],
      activateOnTyping: true,
      optionClass: ({ type }) => `cm-option-${type}`,
    }),
    // Above the look of code editors: these texts stand among other fields.
    Prec.high(
      EditorView.theme({
        "&": { fontSize: "13px" },
        ".cm-scroller": { fontFamily: "inherit", lineHeight: "20px" },
        ".cm-content": { padding: "5px 0" },
      }),
    ),
    EditorView.domEventHandlers({
      // Keys written here mean nothing to the canvas.
      keydown: (event) => {
        if (event.key !== "Escape" && !event.metaKey && !event.ctrlKey) event.stopPropagation();
        return false;
      },
    }),
    ...(isMultiline ? [] : [Prec.low(oneLine)]),
  ];
}

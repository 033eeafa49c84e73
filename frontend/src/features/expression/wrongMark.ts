/** The mark of wrong syntax in an editor; it moves with the text until it is set anew. */

import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import { WRONG_CLASS, wrongPart } from "./wrongPart";

export const setWrong = StateEffect.define<number | null>();

const mark = Decoration.mark({ class: WRONG_CLASS });

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    let next = marks.map(change.changes);
    for (const effect of change.effects) {
      if (!effect.is(setWrong)) continue;
      const part = effect.value === null ? null : wrongPart(change.state.doc.length, effect.value);
      next = part === null ? Decoration.none : Decoration.set([mark.range(part.from, part.to)]);
    }
    return next;
  },
  provide: (marks) => EditorView.decorations.from(marks),
});

export const wrongMark: Extension = field;

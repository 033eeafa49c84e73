/** The workflow that is open: its definition as it is here, what the server has, and the steps that can be undone. */

import { createStore } from "zustand/vanilla";
import { type Change, type Command, type History, NO_HISTORY, perform, record, redo, undo } from "@/domain/commands";
import { type Definition, emptyDefinition, type Lacking, lackingIn } from "@/domain/definition";
import type { Conflict } from "@/domain/merge";
import type { Touched } from "@/domain/patches";
import { unplacedIn } from "@/domain/placing";

/** What the header says. `offline`: kept on this device until the server is back. */
export type SaveState = "saved" | "unsaved" | "saving" | "offline" | "conflict" | "gone" | "refused";

/** What the server has, and what it was made from. */
export interface Base {
  readonly definition: Definition;
  readonly revision: number;
}

export interface PendingConflict {
  readonly theirs: Base;
  readonly merged: Definition;
  readonly conflicts: readonly Conflict[];
  /** The definition that was merged; later changes are merged again. */
  readonly mine: Definition;
}

interface DocumentState {
  readonly workflowId: string | null;
  readonly isReadOnly: boolean;
  readonly definition: Definition;
  readonly base: Base;
  /** The definition that the base was saved from: the same object means that nothing is unsaved. */
  readonly saved: Definition;
  /** What nodes came without: it is not written into them. */
  readonly lacking: Lacking;
  /** Whether nodes on the server have no places: those given here go there with the first change. */
  readonly isUnplaced: boolean;
  readonly history: History;
  readonly saveState: SaveState;
  /** Why the server refuses to save, in its words. */
  readonly refusal: string | null;
  readonly conflict: PendingConflict | null;
  /** What the last change touched, and whether it was an undo or redo. */
  readonly touched: Touched & { readonly isStep: boolean };
  /** Takes over a workflow as the server has it. */
  readonly open: (workflow: OpenedWorkflow) => void;
  readonly close: () => void;
  /** Performs a change; one that changes nothing leaves no step. */
  readonly run: (command: Command) => Change;
  readonly undo: () => string | null;
  readonly redo: () => string | null;
  /** Takes over a definition from elsewhere, without a step: what others saved, a draft of this device. */
  readonly adopt: (definition: Definition, base: Base, isSaved: boolean) => void;
}

export interface OpenedWorkflow {
  readonly id: string;
  readonly revision: number;
  readonly isReadOnly: boolean;
  /** The workflow as on the wire. */
  readonly raw: unknown;
  /** What was read of it, each node in a place. */
  readonly definition: Definition;
}

const EMPTY = emptyDefinition();
const UNTOUCHED = { nodes: [], edges: [], isStep: false };
const CLOSED = {
  workflowId: null,
  isReadOnly: true,
  definition: EMPTY,
  base: { definition: EMPTY, revision: 0 },
  saved: EMPTY,
  lacking: new Map<string, readonly string[]>(),
  isUnplaced: false,
  history: NO_HISTORY,
  saveState: "saved",
  refusal: null,
  conflict: null,
  touched: UNTOUCHED,
} as const;

export const documentStore = createStore<DocumentState>((set, get) => ({
  ...CLOSED,
  open({ id, revision, isReadOnly, raw, definition }) {
    const base = { definition, revision };
    const given = { lacking: lackingIn(raw), isUnplaced: unplacedIn(raw).size > 0 };
    set({ ...CLOSED, ...given, workflowId: id, isReadOnly, definition, saved: definition, base });
  },
  close: () => set({ ...CLOSED }),
  run(command) {
    const state = get();
    const change = perform(state.definition, command);
    if (state.isReadOnly || change.forward.length === 0) return { ...change, definition: state.definition };
    set({
      definition: change.definition,
      history: record(state.history, change, Date.now()),
      touched: { ...change.touched, isStep: false },
      ...unsaved(state),
    });
    return change;
  },
  undo: () => step(undo),
  redo: () => step(redo),
  adopt(definition, base, isSaved) {
    set({ definition, base, saved: isSaved ? definition : base.definition, conflict: null, refusal: null });
    set({ saveState: isSaved ? "saved" : "unsaved" });
  },
}));

/** A conflict stays one until it is decided; all else goes on being saved. */
function unsaved({ saveState }: Pick<DocumentState, "saveState">): { saveState: SaveState } {
  return { saveState: saveState === "conflict" || saveState === "gone" ? saveState : "unsaved" };
}

function step(move: typeof undo): string | null {
  const state = documentStore.getState();
  const made = state.isReadOnly ? null : move(state.history, state.definition);
  if (made === null) return null;
  documentStore.setState({
    definition: made.definition,
    history: made.history,
    touched: { ...made.touched, isStep: true },
    ...unsaved(state),
  });
  return made.label;
}

/** Whether something here is not on the server. */
export function isDirty(state: Pick<DocumentState, "definition" | "saved">): boolean {
  return state.definition !== state.saved;
}

export type { DocumentState };

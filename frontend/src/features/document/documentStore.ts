import { createStore } from "zustand/vanilla";
import { type Command, type History, NO_HISTORY, perform, record, redo, undo } from "@/domain/commands";
import { type Definition, emptyDefinition } from "@/domain/definition";
import type { Conflict } from "@/domain/merge";

export type SaveState = "saved" | "saving" | "unsaved" | "offline" | "refused" | "conflict";

/** Fields that two people changed at once, and the definition of the other one. */
export interface Clash {
  readonly conflicts: readonly Conflict[];
  readonly merged: Definition;
  readonly theirs: Definition;
  readonly revision: number;
}

export interface DocumentState {
  readonly workflowId: string | null;
  readonly definition: Definition;
  /** What the server has under `revision`. */
  readonly base: Definition;
  readonly revision: number;
  readonly history: History;
  readonly selected: readonly string[];
  readonly selectedEdges: readonly string[];
  readonly saveState: SaveState;
  readonly clash: Clash | null;
  readonly open: (workflowId: string, definition: Definition, revision: number) => void;
  readonly run: (command: Command) => readonly string[];
  readonly undo: () => void;
  readonly redo: () => void;
  readonly select: (nodes: readonly string[], edges?: readonly string[]) => void;
}

/** The workflow that is open. One at a time: the address says which. */
export const documentStore = createStore<DocumentState>()((set, get) => ({
  workflowId: null,
  definition: emptyDefinition(),
  base: emptyDefinition(),
  revision: 0,
  history: NO_HISTORY,
  selected: [],
  selectedEdges: [],
  saveState: "saved",
  clash: null,

  open: (workflowId, definition, revision) =>
    set({
      workflowId,
      definition,
      base: definition,
      revision,
      history: NO_HISTORY,
      selected: [],
      selectedEdges: [],
      saveState: "saved",
      clash: null,
    }),

  run: (command) => {
    const { definition, history } = get();
    const change = perform(definition, command);
    if (change.forward.length > 0) {
      set({ definition: change.definition, history: record(history, change, Date.now()) });
    }
    return change.created;
  },

  undo: () => {
    const step = undo(get().history, get().definition);
    if (step) set({ definition: step.definition, history: step.history, selected: step.touched.nodes });
  },

  redo: () => {
    const step = redo(get().history, get().definition);
    if (step) set({ definition: step.definition, history: step.history, selected: step.touched.nodes });
  },

  select: (nodes, edges = []) => set({ selected: nodes, selectedEdges: edges }),
}));

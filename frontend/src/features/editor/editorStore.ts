/** What the editor shows beside the definition: selection, panels, the chosen node's detail. */

import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { Point } from "@/domain/definition";
import { type GraphSelection, NOTHING_SELECTED } from "@/features/graph";

/** What a node type is asked for. */
export type PaletteAsk =
  | { readonly kind: "free"; readonly at?: Point }
  | {
      readonly kind: "from";
      readonly node: string;
      readonly handle: string;
      readonly gives: string;
      readonly at?: Point;
    }
  | {
      readonly kind: "to";
      readonly node: string;
      readonly handle: string;
      readonly accepts: string;
      readonly at?: Point;
    }
  | { readonly kind: "edge"; readonly edge: string };

export interface EditorState {
  readonly selection: GraphSelection;
  readonly palette: PaletteAsk | null;
  /** The node whose outputs are connected by keyboard. */
  readonly connectFrom: string | null;
  readonly detailNode: string | null;
  readonly renaming: string | null;
  readonly isFinding: boolean;
  readonly isOutlineOpen: boolean;
  readonly isRunPanelOpen: boolean;
  readonly isProblemsOpen: boolean;
  readonly isSnapshotOpen: boolean;
  readonly isSettingsOpen: boolean;
  /** What a problem is about: its tab of the inspector is shown. */
  readonly wantedField: { readonly nodeId: string; readonly path: string } | null;
  /** Null: shown when there is much to see. */
  readonly hasMinimap: boolean | null;
  readonly inspectorWidth: number;
  readonly runPanelHeight: number;
  /** Whether the inspector stays away although a node is chosen. */
  readonly isInspectorClosed: boolean;
  /** What a screen reader is told: moves, connections, the start and end of runs. */
  readonly said: string;
}

const INSPECTOR = 380;
const RUN_PANEL = 280;

const AT_FIRST = {
  selection: NOTHING_SELECTED,
  palette: null,
  connectFrom: null,
  detailNode: null,
  renaming: null,
  isFinding: false,
  isOutlineOpen: false,
  isRunPanelOpen: false,
  isProblemsOpen: false,
  isSnapshotOpen: false,
  isSettingsOpen: false,
  isInspectorClosed: false,
  wantedField: null,
  said: "",
} as const;

export const editorStore = createStore<EditorState>(() => ({
  ...AT_FIRST,
  hasMinimap: null,
  inspectorWidth: INSPECTOR,
  runPanelHeight: RUN_PANEL,
}));

export function useEditor<T>(selector: (state: EditorState) => T): T {
  return useStore(editorStore, selector);
}

/** Another workflow: panel sizes stay, all else begins anew. */
export function resetEditor(): void {
  editorStore.setState(AT_FIRST);
}

export function select(nodes: Iterable<string>, edges: Iterable<string> = []): void {
  editorStore.setState({
    selection: { nodes: new Set(nodes), edges: new Set(edges) },
    isInspectorClosed: false,
    renaming: null,
  });
}

export function say(text: string): void {
  editorStore.setState({ said: text });
}

/** The node that was chosen last: the keys for a single node act on it. */
export function currentNode(): string | undefined {
  return [...editorStore.getState().selection.nodes].at(-1);
}

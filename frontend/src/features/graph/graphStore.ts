/** What the canvas shows of itself, and no definition knows: what is hovered, what may be connected, what was found. */

import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { AlignmentLine } from "@/domain/geometry";

export interface NodeProblems {
  readonly errors: number;
  readonly warnings: number;
}

export interface Connection {
  /** Where it starts, or the end that stays while the other one is led elsewhere. */
  readonly nodeId: string;
  /** Nodes that the connection may end at. */
  readonly allowed: ReadonlySet<string>;
}

/** How a version, proposal or other side differs: what is added, removed, changed. */
export type Marks = ReadonlyMap<string, "added" | "removed" | "changed">;

export interface GraphState {
  /** So far away that words cannot be read. */
  readonly isFar: boolean;
  /** So far away that not even icons can be told apart. */
  readonly isTiny: boolean;
  readonly hoveredNode: string | null;
  readonly hoveredEdge: string | null;
  readonly connecting: Connection | null;
  /** Nodes that a search found; all others step back. */
  readonly hits: ReadonlySet<string> | null;
  readonly problems: ReadonlyMap<string, NodeProblems>;
  readonly marks: Marks;
  /** Nodes that changed since they ran. */
  readonly stale: ReadonlySet<string>;
  /** What undo or redo touched just now. */
  readonly flashed: ReadonlySet<string>;
  /** Where a dragged node stands level with others. */
  readonly lines: readonly AlignmentLine[];
  /** The edge that a dragged node would be put into. */
  readonly dropEdge: string | null;
}

export type GraphStore = StoreApi<GraphState>;

const NONE: ReadonlySet<string> = new Set();

const FAR = 0.45;
const TINY = 0.25;

/** Returns how much of itself a canvas shows at a zoom. */
export function looksAt(zoom: number): Pick<GraphState, "isFar" | "isTiny"> {
  return { isFar: zoom < FAR, isTiny: zoom < TINY };
}

/** Makes the state of a canvas that will first be seen at about this zoom: near and then far would be drawn twice. */
export function createGraphStore(zoom = 1): GraphStore {
  return createStore<GraphState>(() => ({
    ...looksAt(zoom),
    hoveredNode: null,
    hoveredEdge: null,
    connecting: null,
    hits: null,
    problems: new Map(),
    marks: new Map(),
    stale: NONE,
    flashed: NONE,
    lines: [],
    dropEdge: null,
  }));
}

/** What may be done from the canvas itself; nothing where it is only looked at. */
export interface GraphActions {
  readonly addAfter: (nodeId: string, handle: string) => void;
  /** Ask for a helper that fills a slot. */
  readonly addBeside: (nodeId: string, slot: string) => void;
  readonly insertInto: (edgeId: string) => void;
  readonly setNoteText: (nodeId: string, text: string) => void;
  readonly resizeNote: (nodeId: string, rect: { x: number; y: number; width: number; height: number }) => void;
}

export interface GraphContextValue {
  readonly store: GraphStore;
  readonly actions: GraphActions | null;
}

export const GraphContext = createContext<GraphContextValue>({ store: createGraphStore(), actions: null });

export function useGraphActions(): GraphActions | null {
  return useContext(GraphContext).actions;
}

/** Subscribes to a part of the canvas's state. Select what keeps its identity, or a primitive. */
export function useGraph<T>(selector: (state: GraphState) => T): T {
  return useStore(useContext(GraphContext).store, selector);
}

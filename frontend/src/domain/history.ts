/** The stack of undo and redo: named pairs of patches, quick edits of one thing joined into one entry. */

import type { Change } from "./commands/command";
import type { Definition } from "./definition";
import { applyPatches, type Patch, type Touched, touchedBy } from "./patches";

export const MAX_ENTRIES = 200;
export const JOIN_WITHIN_MS = 800;

export interface HistoryEntry {
  label: string;
  forward: Patch[];
  backward: Patch[];
  joinKey: string | null;
  at: number;
}

export interface History {
  past: readonly HistoryEntry[];
  future: readonly HistoryEntry[];
}

export interface Step {
  history: History;
  definition: Definition;
  label: string;
  touched: Touched;
}

export const NO_HISTORY: History = { past: [], future: [] };

function place(patch: Patch): string | null {
  if (patch.op === "set" && patch.after === undefined) return JSON.stringify([patch.part, patch.id, patch.path]);
  return null;
}

/** Whether one list of patches only sets, again, what the other one set. */
function overwrites(later: readonly Patch[], earlier: readonly Patch[]): boolean {
  const places = new Set(earlier.map(place));
  return later.length === earlier.length && later.every((patch) => place(patch) !== null && places.has(place(patch)));
}

function joined(first: HistoryEntry, change: Change, now: number): HistoryEntry {
  if (overwrites(change.forward, first.forward) && overwrites(change.backward, first.backward)) {
    return { ...first, label: change.label, forward: change.forward, at: now };
  }
  return {
    ...first,
    label: change.label,
    forward: [...first.forward, ...change.forward],
    backward: [...change.backward, ...first.backward],
    at: now,
  };
}

/** Return the history with a change on top; what could be redone is gone. */
export function record(history: History, change: Change, now: number): History {
  if (change.forward.length === 0) return history;
  const last = history.past.at(-1);
  const fits = last !== undefined && last.joinKey !== null && last.joinKey === change.joinKey;
  if (fits && history.future.length === 0 && now - last.at <= JOIN_WITHIN_MS) {
    return { past: [...history.past.slice(0, -1), joined(last, change, now)], future: [] };
  }
  const { label, forward, backward, joinKey } = change;
  return { past: [...history.past, { label, forward, backward, joinKey, at: now }].slice(-MAX_ENTRIES), future: [] };
}

/** Take the last entry back; null where there is none. */
export function undo(history: History, definition: Definition): Step | null {
  const entry = history.past.at(-1);
  if (entry === undefined) return null;
  return {
    history: { past: history.past.slice(0, -1), future: [...history.future, entry] },
    definition: applyPatches(definition, entry.backward),
    label: entry.label,
    touched: touchedBy(entry.backward),
  };
}

/** Do the last entry that was taken back again; null where there is none. */
export function redo(history: History, definition: Definition): Step | null {
  const entry = history.future.at(-1);
  if (entry === undefined) return null;
  return {
    history: { past: [...history.past, { ...entry, joinKey: null }], future: history.future.slice(0, -1) },
    definition: applyPatches(definition, entry.forward),
    label: entry.label,
    touched: touchedBy(entry.forward),
  };
}

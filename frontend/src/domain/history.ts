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

/** Return patches with later values in place of theirs; null where the later ones do more than set the same again. */
function overwritten(earlier: readonly Patch[], later: readonly Patch[]): Patch[] | null {
  const made = [...earlier];
  for (const patch of later) {
    const at = made.findIndex((known) => sameTarget(known, patch));
    const known = made[at];
    if (known?.op !== "set" || patch.op !== "set" || patch.after !== undefined) return null;
    made[at] = { ...known, value: patch.value };
  }
  return made;
}

function sameTarget(one: Patch, other: Patch): boolean {
  return (
    one.op === "set" &&
    other.op === "set" &&
    one.part === other.part &&
    one.id === other.id &&
    one.path.length === other.path.length &&
    one.path.every((key, at) => key === other.path[at])
  );
}

function joined(first: HistoryEntry, change: Change, now: number): HistoryEntry {
  const entry = { ...first, label: change.label, at: now };
  const forward = overwritten(first.forward, change.forward);
  if (forward !== null) return { ...entry, forward };
  return {
    ...entry,
    forward: [...first.forward, ...change.forward],
    backward: [...change.backward, ...first.backward],
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

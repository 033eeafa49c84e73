/**
 * What changed between two definitions, by id: entries added, removed, changed at a path, or put in another order.
 *
 * A patch names what it touches by id and key, never by place, so that it still fits after somebody else's change was
 * merged in. It also keeps where a key or entry stood: undone, a definition is the same to the byte.
 */

import type { Definition } from "./definition";
import { isObject, sameJson } from "./json";

export type Part = "nodes" | "edges";
type Whole = "viewport" | "settings" | "pinned_data";
interface Entry {
  id: string;
}

export type Patch =
  | { op: "add"; part: Part; id: string; after: string | null; value: unknown }
  | { op: "remove"; part: Part; id: string }
  | { op: "order"; part: Part; ids: string[] }
  | { op: "set"; part: Part | Whole; id: string | null; path: string[]; value: unknown; after?: string | null }
  | { op: "unset"; part: Part | Whole; id: string | null; path: string[] };

const WHOLES: readonly Whole[] = ["settings", "viewport", "pinned_data"];

function keyBefore(value: Record<string, unknown>, key: string): string | null {
  const keys = Object.keys(value);
  return keys[keys.indexOf(key) - 1] ?? null;
}

function* between(
  part: Part | Whole,
  id: string | null,
  before: unknown,
  after: unknown,
  path: string[],
): Generator<Patch> {
  if (Object.is(before, after)) return;
  if (!isObject(before) || !isObject(after)) {
    if (!sameJson(before, after)) yield { op: "set", part, id, path, value: after };
    return;
  }
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) yield { op: "unset", part, id, path: [...path, key] };
  }
  for (const key of Object.keys(after)) {
    const inner = [...path, key];
    if (Object.hasOwn(before, key)) yield* between(part, id, before[key], after[key], inner);
    else yield { op: "set", part, id, path: inner, value: after[key], after: keyBefore(after, key) };
  }
}

function* entriesBetween(part: Part, before: readonly Entry[], after: readonly Entry[]): Generator<Patch> {
  if (before === after) return;
  const old = new Map(before.map((entry) => [entry.id, entry]));
  const now = new Map(after.map((entry) => [entry.id, entry]));
  for (const id of old.keys()) if (!now.has(id)) yield { op: "remove", part, id };
  let previous: string | null = null;
  for (const entry of after) {
    const known = old.get(entry.id);
    if (known === undefined) yield { op: "add", part, id: entry.id, after: previous, value: entry };
    else yield* between(part, entry.id, known, entry, []);
    previous = entry.id;
  }
  const kept = before.filter((entry) => now.has(entry.id)).map((entry) => entry.id);
  const ids = after.filter((entry) => old.has(entry.id)).map((entry) => entry.id);
  if (!sameJson(kept, ids)) yield { op: "order", part, ids: after.map((entry) => entry.id) };
}

/** Return the patches that lead from one definition to another. */
export function patchesBetween(before: Definition, after: Definition): Patch[] {
  return [
    ...entriesBetween("nodes", before.nodes, after.nodes),
    ...entriesBetween("edges", before.edges, after.edges),
    ...WHOLES.flatMap((part) => [...between(part, null, before[part], after[part], [])]),
  ];
}

function withKey(value: Record<string, unknown>, key: string, next: unknown, after: string | null | undefined) {
  if (Object.hasOwn(value, key) || after === undefined) return { ...value, [key]: next };
  const entries = Object.entries(value);
  const found = entries.findIndex(([name]) => name === after);
  const at = after === null ? 0 : found < 0 ? entries.length : found + 1;
  return Object.fromEntries([...entries.slice(0, at), [key, next], ...entries.slice(at)]);
}

function changed(value: unknown, path: readonly string[], patch: Patch): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return patch.op === "set" ? patch.value : value;
  if (!isObject(value)) return value; // somebody else put something different there: nothing of ours to change
  if (rest.length === 0 && patch.op === "unset") {
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  }
  if (rest.length === 0 && patch.op === "set") return withKey(value, key, patch.value, patch.after);
  if (!Object.hasOwn(value, key)) return value;
  const inner = changed(value[key], rest, patch);
  return inner === value[key] ? value : { ...value, [key]: inner };
}

function applyToEntries(entries: readonly Entry[], patch: Patch): readonly Entry[] {
  switch (patch.op) {
    case "remove":
      return entries.filter((entry) => entry.id !== patch.id);
    case "add": {
      if (entries.some((entry) => entry.id === patch.id)) return entries;
      const found = entries.findIndex((entry) => entry.id === patch.after);
      const at = patch.after === null ? 0 : found < 0 ? entries.length : found + 1;
      // `value` is an entry: `entriesBetween` alone makes such patches.
      return [...entries.slice(0, at), patch.value as Entry, ...entries.slice(at)];
    }
    case "order": {
      const place = new Map(patch.ids.map((id, at) => [id, at]));
      const rank = (entry: Entry): number => place.get(entry.id) ?? patch.ids.length;
      return [...entries].sort((left, right) => rank(left) - rank(right));
    }
    default:
      // A path never leads to an entry's id, so an entry stays one.
      return entries.map((entry) => (entry.id === patch.id ? (changed(entry, patch.path, patch) as Entry) : entry));
  }
}

/** Return the definition with patches applied; one that fits nothing any more is left out. */
export function applyPatches(definition: Definition, patches: readonly Patch[]): Definition {
  let made: Definition = definition;
  for (const patch of patches) {
    const old = made[patch.part];
    const next = Array.isArray(old)
      ? applyToEntries(old, patch)
      : changed(old, "path" in patch ? patch.path : [], patch);
    if (next !== old) made = { ...made, [patch.part]: next };
  }
  return made;
}

export interface Touched {
  nodes: string[];
  edges: string[];
}

/** Return the ids that patches touch. */
export function touchedBy(patches: readonly Patch[]): Touched {
  const nodes = new Set<string>();
  const edges = new Set<string>();
  for (const patch of patches) {
    if (patch.part === "pinned_data" && "path" in patch && patch.path[0] !== undefined) nodes.add(patch.path[0]);
    if (patch.op === "order" || patch.id === null) continue;
    (patch.part === "nodes" ? nodes : edges).add(patch.id);
  }
  return { nodes: [...nodes], edges: [...edges] };
}

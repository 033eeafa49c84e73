/** What items look like: the columns of a table of them, and their fields with types and examples. */

import type { Item } from "./definition";
import { jsonText } from "./exactJson";
import { isJsonObject, type Json } from "./json";
import type { Path } from "./paths";

/** As many items as the shape is read from. */
export const SHAPE_ITEMS = 100;
const MOST_FIELDS = 500;
const MOST_DEPTH = 6;

export interface ShapeField {
  path: Path;
  name: string;
  depth: number;
  /** All types that stand there, `string | null`. */
  type: string;
  example: Json;
}

/** Return the keys of some items in the order in which they first come up. */
export function columnsOf(items: readonly Pick<Item, "json">[]): string[] {
  const found = new Set<string>();
  for (const item of items.slice(0, SHAPE_ITEMS)) for (const key of Object.keys(item.json)) found.add(key);
  return [...found];
}

function typeName(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return "number";
  return Array.isArray(value) ? "array" : typeof value;
}

interface Seen {
  types: Set<string>;
  example: Json;
  values: Json[];
}

function fieldsOf(values: readonly Json[], path: Path, depth: number, into: ShapeField[]): void {
  const seen = new Map<string, Seen>();
  for (const value of values) {
    if (!isJsonObject(value)) continue;
    for (const [key, entry] of Object.entries(value)) {
      const known = seen.get(key);
      if (known === undefined) seen.set(key, { types: new Set([typeName(entry)]), example: entry, values: [entry] });
      else {
        known.types.add(typeName(entry));
        known.values.push(entry);
        if (known.example === null) known.example = entry;
      }
    }
  }
  for (const [name, { types, example, values: inner }] of seen) {
    if (into.length >= MOST_FIELDS) return;
    const own = [...path, name];
    into.push({ path: own, name, depth, type: [...types].join(" | "), example });
    if (depth >= MOST_DEPTH) continue;
    if (types.has("object")) fieldsOf(inner, own, depth + 1, into);
    else if (types.has("array")) {
      // A list is shown by what its first entries have: that is what a path can name.
      const entries = inner.flatMap((entry) => (Array.isArray(entry) ? entry.slice(0, 5) : []));
      fieldsOf(entries, [...own, 0], depth + 1, into);
    }
  }
}

/** Return the fields of some items, those inside of others below them. */
export function shapeOf(items: readonly Pick<Item, "json">[]): ShapeField[] {
  const made: ShapeField[] = [];
  fieldsOf(
    items.slice(0, SHAPE_ITEMS).map((item) => item.json),
    [],
    0,
    made,
  );
  return made;
}

/** Whether a text stands in an item, in a key or a value; letters' case does not count. */
export function holdsText(item: Pick<Item, "json">, text: string): boolean {
  return text === "" || jsonText(item.json).toLowerCase().includes(text.toLowerCase());
}

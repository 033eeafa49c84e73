/** JSON values: types, guards, equality, and the keys that never enter an object. */

/** A `bigint` is a whole number that a `number` cannot hold (`exactJson.ts`). */
export type JsonPrimitive = string | number | bigint | boolean | null;
export type Json = JsonPrimitive | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value);
}

/** Whether two JSON values are the same; the order of keys does not count. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((entry, at) => sameJson(entry, right[at]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
  );
}

/** Whether a forbidden key stands anywhere inside. */
export function hasForbiddenKey(value: unknown): boolean {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) open.push(...next);
    else if (isObject(next)) {
      for (const key of Object.keys(next)) {
        if (isForbiddenKey(key)) return true;
        open.push(next[key]);
      }
    }
  }
  return false;
}

/** Return the value with `change` applied to each string in it; what did not change keeps its identity. */
export function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    const made = value.map((entry) => mapStrings(entry, change));
    return made.every((entry, at) => entry === value[at]) ? value : made;
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(([key, entry]): [string, Json] => [key, mapStrings(entry, change)]);
    return entries.every(([key, entry]) => entry === value[key]) ? value : Object.fromEntries(entries);
  }
  return value;
}

/** Yield each string in a value. */
export function* stringsIn(value: Json | undefined): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const entry of value) yield* stringsIn(entry);
  else if (isJsonObject(value)) for (const key of Object.keys(value)) yield* stringsIn(value[key]);
}

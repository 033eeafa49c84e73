/** Paths into JSON values: dotted, as a person writes them in an expression, and safe get and set. */

import { isForbiddenKey, isJsonObject, type Json, type JsonObject } from "./json";

export type Step = string | number;
export type Path = readonly Step[];

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

export class ForbiddenKey extends Error {
  constructor(key: string) {
    super(`The key ${JSON.stringify(key)} is not allowed.`);
  }
}

/** Return `a.b.0` for `['a', 'b', 0]`, as diagnostics and problem responses name fields. */
export function dotted(path: Path): string {
  return path.join(".");
}

/** Return the steps of a dotted path; digits alone become an index. */
export function fromDotted(text: string): Step[] {
  if (text === "") return [];
  return text.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

export function isIdentifier(key: string): boolean {
  return IDENTIFIER.test(key);
}

/** Return one step as it is written behind a value: `.name`, `[0]` or `['my key']`. */
export function written(step: Step): string {
  if (typeof step === "number") return `[${step}]`;
  return isIdentifier(step) ? `.${step}` : `[${quoted(step)}]`;
}

/** Return a text as a literal in single quotes. */
export function quoted(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "\\'")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    // Two braces would end the body that the literal stands in.
    .replaceAll("}}", "}\\u007d");
  return `'${escaped}'`;
}

/** Return `$json.a['my key'][0]`. */
export function expressionPath(base: string, path: Path): string {
  return base + path.map(written).join("");
}

export function getAt(value: Json | undefined, path: Path): Json | undefined {
  let at: Json | undefined = value;
  for (const step of path) {
    if (Array.isArray(at)) at = typeof step === "number" ? at[step] : undefined;
    else if (isJsonObject(at)) at = Object.hasOwn(at, String(step)) ? at[String(step)] : undefined;
    else return undefined;
  }
  return at;
}

function container(value: Json | undefined, step: Step): Json[] | JsonObject {
  if (Array.isArray(value)) return [...value];
  if (isJsonObject(value)) return { ...value };
  return typeof step === "number" ? [] : {};
}

/** Return the value with `next` at a path, `undefined` taking it away. Raises: ForbiddenKey. */
export function setAt(value: Json | undefined, path: Path, next: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (typeof step === "string" && isForbiddenKey(step)) throw new ForbiddenKey(step);
  if (next === undefined && getAt(value, path) === undefined) return value;
  const made = container(value, step);
  if (Array.isArray(made)) {
    const index = Number(step);
    if (!Number.isInteger(index) || index < 0 || index > made.length) return value;
    const inner = setAt(made[index], rest, next);
    if (inner === undefined) made.splice(index, 1);
    else made[index] = inner;
    return made;
  }
  const inner = setAt(made[String(step)], rest, next);
  if (inner === undefined) delete made[String(step)];
  else made[String(step)] = inner;
  return made;
}

/** Return the same as `setAt` for an object, which stays one. */
export function setIn(value: JsonObject, path: Path, next: Json | undefined): JsonObject {
  const made = setAt(value, path, next);
  return isJsonObject(made) ? made : value;
}

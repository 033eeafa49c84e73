/** A node's subtitle: the catalogue's template filled with its params. */

import type { NodeType } from "./definition";
import { isJsonObject, type Json, type JsonObject } from "./json";
import { fromDotted } from "./paths";

const MOST = 120;
const HOLE = /\{\{\s*([^{}]*?)\s*\}\}/g;

function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value))
    return value.every((entry) => typeof entry !== "object") ? value.join(", ") : `${value.length}`;
  if (isJsonObject(value)) return "";
  return String(value).replace(/\s+/g, " ").trim();
}

function valueAt(params: JsonObject, type: NodeType, path: string): Json | undefined {
  const [name, ...rest] = fromDotted(path);
  if (name === undefined) return undefined;
  const fallback = type.fields.find((field) => field.name === name)?.default;
  let at: Json | undefined = Object.hasOwn(params, String(name)) ? params[String(name)] : fallback;
  for (const step of rest) {
    if (step === "length" && (Array.isArray(at) || typeof at === "string")) at = at.length;
    else if (Array.isArray(at) && typeof step === "number") at = at[step];
    else if (isJsonObject(at) && Object.hasOwn(at, String(step))) at = at[String(step)];
    else return undefined;
  }
  return at;
}

/** Return the subtitle; without a template, or with nothing in its holes, the node type's name. */
export function summaryOf(type: NodeType, params: JsonObject): string {
  let filled = false;
  const text = type.summary.replace(HOLE, (_, path: string) => {
    const value = shown(valueAt(params, type, path));
    filled ||= value !== "";
    // Braces of an expression mean nothing to who reads a subtitle.
    return value.replace(/\{\{\s*/g, "{").replace(/\s*\}\}/g, "}");
  });
  // Templates count in the plural: "1 fields" is one.
  const made = text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^1 ([a-z]+)s$/, "1 $1");
  if (made === "" || (type.summary.includes("{{") && !filled)) return type.label;
  return made.length > MOST ? `${made.slice(0, MOST - 1)}…` : made;
}

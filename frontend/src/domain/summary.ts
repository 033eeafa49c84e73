/** A node's subtitle: the catalogue's template filled with its params. */

import type { NodeType } from "./definition";
import { optionsOf, propertiesOf, resolve, type Schema, words } from "./form/schema";
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

/** What a value says, and whether it is one of the words that the catalogue has for its choices. */
interface Said {
  readonly text: string;
  readonly isChoice: boolean;
}

/** Returns the schema one step further in. */
function schemaAt(schema: Schema, step: string | number, root: Schema): Schema {
  const plain = resolve(schema, root).schema;
  if (typeof step === "number") return isJsonObject(plain.items) ? plain.items : {};
  return propertiesOf(plain).find(([name]) => name === step)?.[1] ?? {};
}

/** Returns what an object holds, else what stands there by default. */
function memberOf(held: JsonObject, step: string | number, type: NodeType | undefined, schema: Schema) {
  if (Object.hasOwn(held, String(step))) return held[String(step)];
  return type?.fields.find((field) => field.name === step)?.default ?? schema.default;
}

function saidAt(params: JsonObject, type: NodeType, path: string): Said {
  let at: Json | undefined = params;
  let schema: Schema = type.params_schema;
  for (const step of fromDotted(path)) {
    schema = schemaAt(schema, step, type.params_schema);
    if (step === "length" && (Array.isArray(at) || typeof at === "string")) at = at.length;
    else if (step === "more" && Array.isArray(at)) at = at.length > 1 ? `+ ${at.length - 1} more` : undefined;
    else if (Array.isArray(at) && typeof step === "number") at = at[step];
    else at = isJsonObject(at) ? memberOf(at, step, at === params ? type : undefined, schema) : undefined;
  }
  const plain = resolve(schema, type.params_schema).schema;
  const isChoice = typeof at === "string" && (optionsOf(plain)?.includes(at) ?? false);
  if (!isChoice) return { text: shown(at), isChoice };
  const labels = isJsonObject(plain.option_labels) ? plain.option_labels : {};
  const field = type.fields.find((one) => one.name === path);
  const label = field?.options.find((option) => option.value === at)?.label ?? labels[String(at)];
  return { text: typeof label === "string" ? label : words(String(at)), isChoice };
}

/** Within a line a choice is no beginning of a sentence; names that are spelled in capitals stay so. */
function inLine({ text, isChoice }: Said, isFirst: boolean): string {
  return isChoice && !isFirst && /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Return the subtitle; without a template, or with nothing in its holes, the node type's name. */
export function summaryOf(type: NodeType, params: JsonObject): string {
  let filled = false;
  const text = type.summary.replace(HOLE, (_, path: string, at: number) => {
    const value = inLine(saidAt(params, type, path), at === 0);
    filled ||= value !== "";
    // Braces of an expression mean nothing to who reads a subtitle.
    return value.replace(/\{\{\s*/g, "{").replace(/\s*\}\}/g, "}");
  });
  // Templates count in the plural: "1 fields" is one, and of none there is nothing to say.
  const made = text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^1 ([a-z]+)s$/, "1 $1")
    .replace(/^0 [a-z]+s$/, "");
  if (made === "" || (type.summary.includes("{{") && !filled)) return type.label;
  return made.length > MOST ? `${made.slice(0, MOST - 1)}…` : made;
}

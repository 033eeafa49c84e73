/** What may follow at the cursor of an expression field: names, keys of the data, labels, methods. */

import type { Chain, CompletionContext } from "./completion";
import { type Help, METHODS, type ValueType } from "./expressions/methods";
import { ITEM_MEMBERS, MEMBERS, NAMES, NODE_MEMBERS } from "./expressions/names";
import { isJsonObject, type Json } from "./json";
import { isIdentifier, quoted, type Step } from "./paths";

export interface Suggestion extends Help {
  kind: "name" | "key" | "label" | "method";
  /** What replaces `from`–`to`; a key that is no identifier comes with its brackets, and takes the dot with it. */
  insert: string;
  from: number;
  to: number;
  /** Where the cursor goes, counted from the end of `insert`. */
  back: number;
}

/** What is known of the data when somebody types. */
export interface Sample {
  /** The current item's json: of the chosen item, the first one, a pin, or made from an output schema. */
  json?: Json | undefined;
  /** The same of earlier nodes, by label. */
  nodes?: ReadonlyMap<string, Json>;
  /** Labels of other nodes, those upstream first. */
  labels?: readonly string[];
  /** Whether the node is a tool: a model can be asked for values. */
  isTool?: boolean;
  variables?: Json;
  event?: Json;
}

const ASKED = "$fromAI('";
const REST = "', '', 'string')";
/** In tools alone; the cursor goes to the key. */
const FROM_AI = {
  name: "$fromAI",
  detail: "function",
  info: "$fromAI('key', 'description', 'type', default): what the model gives the tool. The type is string, number, boolean or json.",
  kind: "name" as const,
  insert: ASKED + REST,
  back: REST.length,
};

export function typeOf(value: Json | undefined): ValueType | null {
  if (typeof value === "string") return "string";
  if (typeof value === "number" || typeof value === "bigint") return "number";
  if (typeof value === "boolean") return "boolean";
  if (Array.isArray(value)) return "array";
  return isJsonObject(value) ? "object" : null;
}

interface Found {
  value: Json | undefined;
  members: readonly Help[];
  type: ValueType | null;
}

function nodeData(chain: Chain, json: Json | undefined): Found | { value: Json | undefined; steps: Step[] } {
  const [first, ...rest] = chain.steps;
  const members = chain.root === "$input" ? NODE_MEMBERS.slice(0, 5) : NODE_MEMBERS;
  if (first === undefined) return { value: undefined, members, type: null };
  if (first === "json" && chain.root !== "$input") return { value: json, steps: rest };
  if (first === "all()") return { value: json === undefined ? [] : [{ json }], steps: rest };
  if (!["item", "first()", "last()", "itemMatching()"].includes(String(first)))
    return { value: undefined, members: [], type: null };
  if (rest.length === 0) return { value: undefined, members: ITEM_MEMBERS, type: null };
  return rest[0] === "json" ? { value: json, steps: rest.slice(1) } : { value: undefined, members: [], type: null };
}

function follow(value: Json | undefined, steps: readonly Step[]): Found {
  let at = value;
  for (const step of steps) {
    if (Array.isArray(at))
      at =
        typeof step === "number"
          ? at[step]
          : ["first()", "last()", "at()", "find()"].includes(step)
            ? at[0]
            : undefined;
    else if (isJsonObject(at) && Object.hasOwn(at, String(step))) at = at[String(step)];
    else return { value: undefined, members: [], type: step === "toDateTime()" ? "date" : null };
  }
  return { value: at, members: [], type: typeOf(at) };
}

function found(chain: Chain, sample: Sample): Found {
  const nothing: Found = { value: undefined, members: [], type: null };
  const root = chain.root ?? "";
  if (root === "$" || root === "$node" || root === "$input") {
    if (root === "$node" && chain.label === null) return nothing;
    const json = root === "$input" ? sample.json : sample.nodes?.get(chain.label ?? "");
    const data = nodeData(chain, json);
    return "steps" in data ? follow(data.value, data.steps) : data;
  }
  if (root === "$json") return follow(sample.json, chain.steps);
  if (root === "$vars") return follow(sample.variables, chain.steps);
  if (root === "event") return follow(sample.event, chain.steps);
  if (root === "text") return follow("", chain.steps);
  if (root === "$now" || root === "$today" || (root === "DateTime" && chain.steps.length === 1))
    return { ...nothing, type: "date" };
  return chain.steps.length === 0 ? { ...nothing, members: MEMBERS[root] ?? [] } : nothing;
}

function fits(name: string, typed: string): boolean {
  return (
    name.toLowerCase().startsWith(typed.toLowerCase()) ||
    (typed.length > 1 && name.toLowerCase().includes(typed.toLowerCase()))
  );
}

/** Return a value as a few letters. */
export function sampleText(value: Json | undefined): string {
  if (value === undefined) return "";
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : Array.isArray(value)
        ? `[${value.length}]`
        : isJsonObject(value)
          ? "{…}"
          : String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function method(help: Help, context: CompletionContext): Suggestion {
  const call = help.name.endsWith("()");
  return { ...help, kind: "method", insert: help.name, from: context.from, to: context.to, back: call ? 1 : 0 };
}

function key(name: string, value: Json | undefined, context: CompletionContext): Suggestion {
  const detail = value === null ? "null" : (typeOf(value) ?? "any");
  const made = { name, detail, info: sampleText(value), kind: "key" as const, back: 0, to: context.to };
  if (context.opened === "bracket") {
    const literal = quoted(name).slice(1, -1);
    return {
      ...made,
      insert: context.quote === '"' ? literal.replaceAll("\\'", "'").replaceAll('"', '\\"') : literal,
      from: context.from,
    };
  }
  if (isIdentifier(name)) return { ...made, insert: name, from: context.from };
  return { ...made, insert: `[${quoted(name)}]`, from: context.from - 1 }; // the dot goes
}

/** Return what may stand at the cursor, best first. */
export function suggestions(context: CompletionContext, sample: Sample): Suggestion[] {
  const { typed, from, to } = context;
  if (context.kind === "label") {
    return (sample.labels ?? [])
      .filter((label) => fits(label, typed))
      .map((label) => ({ ...key(label, undefined, { ...context, opened: "bracket" }), kind: "label", detail: "node" }));
  }
  if (context.kind === "name") {
    const asking = sample.isTool === true && fits(FROM_AI.name, typed) ? [{ ...FROM_AI, from, to }] : [];
    const names = NAMES.filter((help) => fits(help.name, typed)).map((help): Suggestion => {
      const calls = help.name === "$(";
      const runs = help.detail === "function" && help.name !== "$(";
      const insert = calls ? "$('')" : runs ? `${help.name}()` : help.name;
      return { ...help, kind: "name", insert, from, to, back: calls ? 2 : runs ? 1 : 0 };
    });
    return [...asking, ...names];
  }
  const at = found(context.base ?? { root: null, label: null, steps: [] }, sample);
  const keys = isJsonObject(at.value) ? Object.entries(at.value).map(([name, value]) => key(name, value, context)) : [];
  // Right behind the dot of an object stand its keys alone: what it can do comes with the first letter.
  const methods =
    context.opened === "bracket" || (keys.length > 0 && typed === "")
      ? []
      : [...at.members, ...(at.type === null ? [] : METHODS[at.type])].map((help) => method(help, context));
  return [...keys, ...methods].filter((entry) => fits(entry.name, typed));
}

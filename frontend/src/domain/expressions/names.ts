/** The names that an expression may start with, each with a line of help. */

import type { Help } from "./methods";

export const NAMES: readonly Help[] = [
  { name: "$json", detail: "object", info: "The current item's data." },
  { name: "$input", detail: "object", info: "The items that arrive at this node: .item, .all(), .first(), .last()." },
  { name: "$(", detail: "node", info: "The output of an earlier node, by its label: $('Label').item.json." },
  { name: "$node", detail: "object", info: 'The output of an earlier node, the older way: $node["Label"].json.' },
  { name: "$now", detail: "DateTime", info: "This moment, in the workflow's time zone." },
  { name: "$today", detail: "DateTime", info: "Today at midnight, in the workflow's time zone." },
  { name: "$vars", detail: "object", info: "Variables that the run was started with." },
  { name: "$execution", detail: "object", info: "This run: .id, .mode, .resume_token." },
  { name: "$workflow", detail: "object", info: "This workflow: .id, .name." },
  { name: "$loop", detail: "object", info: "In a loop's body: .index, .count, .is_last." },
  { name: "$itemIndex", detail: "number", info: "The place of the current item, from 0." },
  { name: "$runIndex", detail: "number", info: "How often this node ran before, from 0." },
  { name: "$binary", detail: "object", info: "The current item's files." },
  { name: "$prevNode", detail: "object", info: "The node that the items came from." },
  { name: "$parameter", detail: "object", info: "This node's own params." },
  { name: "$if", detail: "function", info: "$if(condition, then, else): one of two values." },
  { name: "$ifEmpty", detail: "function", info: "$ifEmpty(value, instead): another value where there is none." },
  { name: "$min", detail: "function", info: "The smallest of some numbers." },
  { name: "$max", detail: "function", info: "The largest of some numbers." },
  { name: "$not", detail: "function", info: "The opposite of a condition." },
  { name: "event", detail: "any", info: "What the trigger was given, as it was sent." },
  { name: "DateTime", detail: "object", info: "Makes moments: DateTime.fromISO(text), DateTime.now()." },
  { name: "Math", detail: "object", info: "Functions on numbers: Math.round(x), Math.max(a, b)." },
  { name: "JSON", detail: "object", info: "JSON.parse(text), JSON.stringify(value)." },
  { name: "Object", detail: "object", info: "Object.keys(value), Object.entries(value)." },
  { name: "Array", detail: "object", info: "Array.isArray(value), Array.from(value)." },
  { name: "Number", detail: "function", info: "Number(value): a text as a number." },
  { name: "String", detail: "function", info: "String(value): anything as a text." },
  { name: "Boolean", detail: "function", info: "Boolean(value): true unless empty, 0 or nothing." },
  { name: "parseInt", detail: "function", info: "parseInt(text): the whole number that a text starts with." },
  { name: "parseFloat", detail: "function", info: "parseFloat(text): the number that a text starts with." },
];

/** What follows `$('Label')`, `$node["Label"]` and, but for its last lines, `$input`. */
export const NODE_MEMBERS: readonly Help[] = [
  { name: "item", detail: "item", info: "The item that the current one came from." },
  { name: "first()", detail: "item", info: "The first item." },
  { name: "last()", detail: "item", info: "The last item." },
  { name: "all()", detail: "list", info: "All items." },
  { name: "params", detail: "object", info: "The node's params." },
  { name: "json", detail: "object", info: "The data of the item that the current one came from." },
  { name: "isExecuted", detail: "boolean", info: "Whether the node has run." },
  { name: "itemMatching()", detail: "item", info: "The item that another one came from, by its place." },
];

export const ITEM_MEMBERS: readonly Help[] = [
  { name: "json", detail: "object", info: "The item's data." },
  { name: "binary", detail: "object", info: "The item's files." },
];

const help = (detail: string, pairs: Record<string, string>): Help[] =>
  Object.entries(pairs).map(([name, info]) => ({ name, detail, info }));

/** What follows a name that is no data of the run. */
export const MEMBERS: Readonly<Record<string, readonly Help[]>> = {
  $execution: help("text", {
    id: "The run's id.",
    mode: "How it was started.",
    resume_token: "Lets an outside call resume it.",
  }),
  $workflow: help("text", { id: "The workflow's id.", name: "The workflow's name." }),
  $loop: help("value", {
    index: "The round, from 0.",
    count: "How many rounds there are.",
    is_last: "Whether this is the last one.",
  }),
  $prevNode: help("text", { name: "The node's label." }),
  Math: help("function", {
    "round()": "To the nearest whole number.",
    "floor()": "Down to a whole number.",
    "ceil()": "Up to a whole number.",
    "abs()": "Without its sign.",
    "min()": "The smallest.",
    "max()": "The largest.",
    "pow()": "To the power of.",
    "sqrt()": "The square root.",
    "trunc()": "Without its decimals.",
    "random()": "A number from 0 to 1.",
  }),
  JSON: help("function", { "parse()": "A text as a value.", "stringify()": "A value as a text." }),
  Object: help("function", {
    "keys()": "The names of its fields.",
    "values()": "The values of its fields.",
    "entries()": "Pairs of name and value.",
    "assign()": "Several objects in one.",
    "fromEntries()": "An object of pairs.",
  }),
  Array: help("function", {
    "isArray()": "Whether it is a list.",
    "from()": "A list of something like it.",
    "of()": "A list of some values.",
  }),
  DateTime: help("DateTime", {
    "now()": "This moment.",
    "fromISO()": "Of a text like 2026-03-01T09:30.",
    "fromFormat()": "Of a text in a format: fromFormat(text, 'dd.MM.yyyy').",
    "fromMillis()": "Of milliseconds since 1970.",
    "fromSeconds()": "Of seconds since 1970.",
    "fromObject()": "Of its parts: { year, month, day }.",
    "utc()": "In UTC.",
    "local()": "In the workflow's time zone.",
  }),
};

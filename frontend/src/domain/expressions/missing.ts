/** Keys that an expression asks for and that the data does not have. */

import type { Sample } from "../completion";
import { bodiesOf, literalOf, type Token, tokensOf } from "../expression";
import { isJsonObject, type Json } from "../json";
import { nearestKey } from "../nearestKey";

export interface MissingKey {
  key: string;
  /** The key that was meant, if one is like it. */
  nearest: string | null;
  start: number;
  end: number;
}

interface Start {
  value: Json | undefined;
  next: number;
}

function startOf(tokens: readonly Token[], at: number, sample: Sample): Start | null {
  const token = tokens[at];
  if (token?.kind !== "variable") return null;
  if (token.text === "$json") return { value: sample.json, next: at + 1 };
  if (token.text === "$vars") return { value: sample.variables, next: at + 1 };
  const label = token.text === "$" ? literalOf(tokens[at + 2]?.text ?? "") : null;
  if (label === null) return null;
  const words = tokens.slice(at + 3, at + 10).map((entry) => entry.text);
  for (const way of [").item.json", ").first().json", ").last().json"]) {
    let length = 0;
    while (words.slice(0, length).join("").length < way.length && length < words.length) length += 1;
    if (words.slice(0, length).join("") === way) return { value: sample.nodes?.get(label), next: at + 3 + length };
  }
  return null;
}

function stepAt(tokens: readonly Token[], at: number): { token: Token; key: string | number; next: number } | null {
  const [open, name, close] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  if (open === undefined || name === undefined) return null;
  if (open.text === "." || open.text === "?.") return { token: name, key: name.text, next: at + 2 };
  if (open.text !== "[" || close?.text !== "]") return null;
  if (name.kind === "number") return { token: name, key: Number(name.text), next: at + 3 };
  const text = name.kind === "string" ? literalOf(name.text) : null;
  return text === null ? null : { token: name, key: text, next: at + 3 };
}

function follow(tokens: readonly Token[], start: Start): MissingKey | null {
  let { value, next } = start;
  for (let step = stepAt(tokens, next); step !== null; step = stepAt(tokens, next)) {
    if (step.token.kind === "call" || value === undefined) return null;
    if (isJsonObject(value)) {
      const key = String(step.key);
      if (!Object.hasOwn(value, key)) {
        return { key, nearest: nearestKey(key, Object.keys(value)), start: step.token.start, end: step.token.end };
      }
      value = value[key];
    } else if (Array.isArray(value) && typeof step.key === "number") value = value[step.key];
    else return null;
    next = step.next;
  }
  return null;
}

/** Return the first key of a text that the data does not have; null where all is there, or nothing is known. */
export function missingKey(text: string, sample: Sample): MissingKey | null {
  for (const body of bodiesOf(text)) {
    const tokens = tokensOf(text, body.innerStart, body.innerEnd).filter((token) => token.kind !== "space");
    for (let at = 0; at < tokens.length; at += 1) {
      const start = startOf(tokens, at, sample);
      const found = start === null ? null : follow(tokens, start);
      if (found !== null) return found;
    }
  }
  return null;
}

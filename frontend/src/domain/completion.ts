/** What is being typed at the cursor of an expression field, and what it hangs on. */

import { bodiesOf, literalOf, type Token, tokensOf } from "./expression";
import type { Step } from "./paths";

export { nearestKey } from "./nearestKey";
export { type Sample, type Suggestion, sampleText, suggestions, typeOf } from "./suggestions";

export type CompletionKind =
  /** In front of everything: a name. */
  | "name"
  /** Behind a dot, or in brackets with a quote: a member of `base`. */
  | "member"
  /** Inside of `$('…')` or `$node["…"]`: a label. */
  | "label";

/** What a chain starts with and leads through: `$('A').item.json.x[0]`. */
export interface Chain {
  /** `$json`, `$`, `event`, …; null for anything that is not known before the node runs, like a call's result. */
  root: string | null;
  /** The label of `$('Label')` and `$node["Label"]`. */
  label: string | null;
  steps: Step[];
}

export interface CompletionContext {
  kind: CompletionKind;
  /** What stands there already, and the part of the text that a choice replaces. */
  typed: string;
  from: number;
  to: number;
  /** Of a member: how it was begun. */
  opened: "dot" | "bracket" | null;
  quote: string;
  base: Chain | null;
}

const WORD = /[\p{L}\p{N}_$]*$/u;

function solid(tokens: readonly Token[]): Token[] {
  return tokens.filter((token) => token.kind !== "space");
}

function isName(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    ["name", "variable", "property", "call", "constant", "operator"].includes(token.kind) &&
    /^[\p{L}_$]/u.test(token.text)
  );
}

/** Return the place of the bracket that a closing one belongs to. */
function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at -= 1) {
    const text = tokens[at]?.text ?? "";
    if (text === ")" || text === "]") depth += 1;
    else if (text === "(" || text === "[") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

/** Read the chain that ends with the last of some tokens, from its end to its start. */
export function chainOf(tokens: readonly Token[]): Chain {
  const unknown: Chain = { root: null, label: null, steps: [] };
  const steps: Step[] = [];
  let at = tokens.length - 1;
  while (at >= 0) {
    const token = tokens[at];
    const before = tokens[at - 1];
    if (token === undefined) return unknown;
    if (token.text === "]" || token.text === ")") {
      const open = opening(tokens, at);
      const inside = tokens.slice(open + 1, at);
      const callee = tokens[open - 1];
      if (open < 0 || callee === undefined) return unknown;
      const only = inside.length === 1 ? inside[0] : undefined;
      const text = only?.kind === "string" ? literalOf(only.text) : null;
      if (token.text === "]") {
        const step = text ?? (only?.kind === "number" ? Number(only.text) : null);
        if (step === null) return unknown;
        if (callee.text === "$node" && typeof step === "string")
          return { root: "$node", label: step, steps: steps.reverse() };
        steps.push(step);
        at = tokens[open - 1]?.text === "?." ? open - 2 : open - 1;
      } else if (callee.text === "$" && callee.kind === "variable") {
        return text === null ? unknown : { root: "$", label: text, steps: steps.reverse() };
      } else {
        if (!isName(callee)) return unknown;
        steps.push(`${callee.text}()`);
        const dot = tokens[open - 2]?.text;
        if (dot !== "." && dot !== "?.") return unknown;
        at = open - 3;
      }
      continue;
    }
    if (!isName(token) && token.kind !== "string") return unknown;
    if (token.kind === "string") return { root: "text", label: null, steps: steps.reverse() };
    if (before?.text === "." || before?.text === "?.") {
      steps.push(token.text);
      at -= 2;
      continue;
    }
    return { root: token.text, label: null, steps: steps.reverse() };
  }
  return unknown;
}

/** Return what is being typed at the cursor; null where nothing can be completed, as outside of `{{ }}`. */
export function completionContext(text: string, cursor: number): CompletionContext | null {
  const body = bodiesOf(text).find((entry) => cursor >= entry.innerStart && cursor <= entry.innerEnd);
  if (body === undefined) return null;
  const all = tokensOf(text, body.innerStart, body.innerEnd);
  const under = all.find((token) => token.start < cursor && token.end >= cursor);
  const before = solid(all.filter((token) => token.end <= (under?.start ?? cursor)));
  if (under?.kind === "string") {
    const closed = under.end > under.start + 1 && under.text.at(-1) === under.text[0];
    if (closed && cursor === under.end) return null;
    const [callee, open] = [before.at(-2), before.at(-1)];
    // An open literal runs to the end of the body: only what stands before the cursor was typed.
    const to = closed ? under.end - 1 : cursor;
    const made = { typed: text.slice(under.start + 1, cursor), from: under.start + 1, to, quote: under.text[0] ?? "'" };
    const calls = (callee?.text === "$" || callee?.text === "$items") && open?.text === "(";
    if (calls || (callee?.text === "$node" && open?.text === "["))
      return { ...made, kind: "label", opened: null, base: null };
    const chain =
      open?.text === "[" ? chainOf(before.at(-2)?.text === "?." ? before.slice(0, -2) : before.slice(0, -1)) : null;
    return chain === null ? null : { ...made, kind: "member", opened: "bracket", base: chain };
  }
  if (under?.kind === "number") return null;
  const typed = WORD.exec(text.slice(body.innerStart, cursor))?.[0] ?? "";
  const from = cursor - typed.length;
  const rest = /^[\p{L}\p{N}_$]*/u.exec(text.slice(cursor, body.innerEnd))?.[0] ?? "";
  const ahead = solid(all.filter((token) => token.end <= from));
  const last = ahead.at(-1);
  const place = { typed, from, to: cursor + rest.length, quote: "" };
  if (last?.text === "." || last?.text === "?.") {
    return { ...place, kind: "member", opened: "dot", base: chainOf(ahead.slice(0, -1)) };
  }
  if (typed === "" && (isName(last) || last?.text === ")" || last?.text === "]" || last?.kind === "string"))
    return null;
  return { ...place, kind: "name", opened: null, base: null };
}

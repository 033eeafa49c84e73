/** Texts with `{{ }}` in them: tokens for colour, the labels they refer to, and renaming. Nothing is evaluated here. */

import { quoted } from "./paths";

export type TokenKind =
  | "text"
  | "brace"
  | "variable"
  | "name"
  | "property"
  | "call"
  | "string"
  | "number"
  | "constant"
  | "operator"
  | "punctuation"
  | "space"
  | "unknown";

export interface Token {
  kind: TokenKind;
  start: number;
  end: number;
  text: string;
}

export interface Body {
  /** Where the braces open, and where what follows them starts. */
  start: number;
  end: number;
  innerStart: number;
  innerEnd: number;
  closed: boolean;
}

const CONSTANTS = new Set(["true", "false", "null", "undefined"]);
const WORD_OPERATORS = new Set(["in", "instanceof", "typeof", "void", "new"]);
const RULES: readonly [TokenKind, RegExp][] = [
  ["space", /\s+/y],
  ["string", /'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|`(?:[^`\\]|\\.)*`?/sy],
  ["number", /(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)/y],
  ["variable", /\$[\p{L}\p{N}_$]*/uy],
  ["name", /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ["operator", /=>|\?\.(?!\d)|\?\?|===|!==|==|!=|<=|>=|>>>|>>|<<|&&|\|\||\*\*|\.\.\.|[+\-*/%<>!?:&|^~=]/y],
  ["punctuation", /[()[\]{},.;]/y],
];

/** Return the end of a body: the first `}}` outside of a literal, or, where a quote stays open, the first at all. */
function closing(text: string, from: number): number {
  let quote = "";
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quote !== "") {
      if (char === "\\") at += 1;
      else if (char === quote) quote = "";
    } else if (char === "'" || char === '"' || char === "`") quote = char;
    else if (char === "}" && text.startsWith("}}", at)) return at;
  }
  return quote === "" ? -1 : text.indexOf("}}", from);
}

/** Return the bodies of a text; the last one may be open. */
export function bodiesOf(text: string): Body[] {
  const found: Body[] = [];
  for (let start = text.indexOf("{{"); start >= 0; ) {
    const innerStart = start + 2;
    const end = closing(text, innerStart);
    if (end < 0) {
      found.push({ start, end: text.length, innerStart, innerEnd: text.length, closed: false });
      break;
    }
    found.push({ start, end: end + 2, innerStart, innerEnd: end, closed: true });
    start = text.indexOf("{{", end + 2);
  }
  return found;
}

/** Whether a value is an expression: a text with `{{ }}` in it. */
export function isExpression(value: unknown): value is string {
  return typeof value === "string" && value.includes("{{") && bodiesOf(value).some((body) => body.closed);
}

function nextToken(text: string, at: number, end: number): Token {
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const match = rule.exec(text);
    if (match !== null && match[0] !== "") {
      const stop = Math.min(at + match[0].length, end);
      return { kind, start: at, end: stop, text: text.slice(at, stop) };
    }
  }
  return { kind: "unknown", start: at, end: at + 1, text: text.slice(at, at + 1) };
}

function refined(token: Token, before: Token | undefined, following: string): Token {
  if (token.kind !== "name" && token.kind !== "variable") return token;
  const member = before?.text === "." || before?.text === "?.";
  if (following === "(") return { ...token, kind: token.kind === "variable" && !member ? "variable" : "call" };
  if (member) return { ...token, kind: "property" };
  if (CONSTANTS.has(token.text)) return { ...token, kind: "constant" };
  if (WORD_OPERATORS.has(token.text)) return { ...token, kind: "operator" };
  return token;
}

/** Return the tokens of a body, without its braces. */
export function tokensOf(text: string, start = 0, end = text.length): Token[] {
  const tokens: Token[] = [];
  let before: Token | undefined;
  for (let at = start; at < end; ) {
    const token = nextToken(text, at, end);
    at = token.end;
    const rest = text.slice(at, end).match(/^\s*(\S)/);
    const made = refined(token, before, rest?.[1] ?? "");
    if (made.kind !== "space") before = made;
    tokens.push(made);
  }
  return tokens;
}

/** Return a whole text as tokens, without gaps: literal text, braces, and what stands between them. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, start: number, end: number): void => {
    if (end > start) tokens.push({ kind, start, end, text: text.slice(start, end) });
  };
  for (const body of bodiesOf(text)) {
    push("text", at, body.start);
    push("brace", body.start, body.innerStart);
    tokens.push(...tokensOf(text, body.innerStart, body.innerEnd));
    push("brace", body.innerEnd, body.end);
    at = body.end;
  }
  push("text", at, text.length);
  return tokens;
}

// -- references -------------------------------------------------------------------------------------------------------
export interface Reference {
  label: string;
  /** Where the label stands: its literal with the quotes, or the bare name behind `$node.`. */
  start: number;
  end: number;
  bare: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", "0": "\0" };

/** Return the value of a literal; null for one that is open or has holes. */
export function literalOf(token: string): string | null {
  const quote = token[0];
  if (token.length < 2 || token.at(-1) !== quote || (quote === "`" && token.includes("${"))) return null;
  return token
    .slice(1, -1)
    .replace(/\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs, (_, long, short, two, char) => {
      const code = long ?? short ?? two;
      if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
      return ESCAPES[char] ?? char;
    });
}

/** Return where a text refers to nodes: `$('Label')`, `$node["Label"]`, `$node.Label` and `$items("Label")`. */
export function referencesIn(text: string): Reference[] {
  if (!text.includes("{{") || !text.includes("$")) return [];
  const found: Reference[] = [];
  for (const body of bodiesOf(text)) {
    const tokens = tokensOf(text, body.innerStart, body.innerEnd).filter((token) => token.kind !== "space");
    tokens.forEach((token, at) => {
      if (token.kind !== "variable") return;
      const [open, name] = [tokens[at + 1], tokens[at + 2]];
      if (open === undefined || name === undefined) return;
      const calls = (token.text === "$" || token.text === "$items") && open.text === "(";
      const indexes = token.text === "$node" && open.text === "[";
      if ((calls || indexes) && name.kind === "string") {
        const label = literalOf(name.text);
        if (label !== null) found.push({ label, start: name.start, end: name.end, bare: false });
      } else if (token.text === "$node" && (open.text === "." || open.text === "?.")) {
        found.push({ label: name.text, start: open.start, end: name.end, bare: true });
      }
    });
  }
  return found;
}

function literal(label: string, like: string): string {
  if (like !== '"') return quoted(label);
  return `"${quoted(label).slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`;
}

/** Return the text with each reference to one label leading to another, and how many there were. */
export function renameReferences(text: string, from: string, to: string): { text: string; count: number } {
  const hits = referencesIn(text).filter((reference) => reference.label === from);
  let made = text;
  for (const hit of hits.reverse()) {
    const written = hit.bare ? `[${literal(to, '"')}]` : literal(to, text[hit.start] ?? "'");
    made = made.slice(0, hit.start) + written + made.slice(hit.end);
  }
  return { text: made, count: hits.length };
}

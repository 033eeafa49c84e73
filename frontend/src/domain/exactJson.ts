/**
 * JSON read and written without rounding. A whole number that a `number` cannot hold is a `bigint` here; all others are
 * what `JSON.parse` makes of them. `JSON.stringify` refuses a `bigint`: values of users are written by `jsonText`.
 */

import { randomId } from "./ids";

const MAY_BE_LONG = /\d{16}/;
/** Outside of texts, a whole number of 16 digits or more: no part of a fraction, none with an exponent. */
const LONG = /(?<![\d.eE+-])-?[1-9]\d{15,}(?![\d.eE])/g;
const WHOLE = /^[-+]?\d+$/;

/** Read JSON. Raises: SyntaxError. */
export function parseJson(text: string): unknown {
  if (!MAY_BE_LONG.test(text)) return JSON.parse(text);
  // No text that somebody wrote begins with it: it is new each time.
  const mark = randomId("whole");
  const marked = withMarks(text, mark);
  if (marked === null) return JSON.parse(text);
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** Write a value as JSON, its long numbers with all their digits; of what is no JSON, as `JSON.stringify` does. */
export function jsonText(value: unknown, space?: number): string {
  const mark = randomId("whole");
  let isMarked = false;
  const text = JSON.stringify(
    value,
    (_, entry: unknown) => {
      if (typeof entry !== "bigint") return entry;
      isMarked = true;
      return `${mark}${entry}`;
    },
    space,
  );
  return isMarked ? text.replace(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1") : text;
}

/** Return the number that a text stands for, a whole one with all its digits; null where it stands for none. */
export function exactNumber(text: string): number | bigint | null {
  const plain = text.trim();
  const value = Number(plain);
  if (plain === "" || !Number.isFinite(value)) return null;
  return WHOLE.test(plain) && !Number.isSafeInteger(value) ? BigInt(plain.replace(/^\+/, "")) : value;
}

/** Return the text with its long numbers as texts behind a mark; null where it has none. */
function withMarks(text: string, mark: string): string | null {
  const parts: string[] = [];
  let isMarked = false;
  const outside = (part: string) =>
    part.replace(LONG, (digits) => {
      if (Number.isSafeInteger(Number(digits))) return digits;
      isMarked = true;
      return `"${mark}${digits}"`;
    });
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      parts.push(outside(text.slice(at)));
      break;
    }
    const end = endOfText(text, quote);
    parts.push(outside(text.slice(at, quote)), text.slice(quote, end));
    at = end;
  }
  return isMarked ? parts.join("") : null;
}

/** Return the place behind the quote that ends a text; the end where none does. */
function endOfText(text: string, quote: number): number {
  for (let at = quote + 1; ; at += 1) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
}

/** Putting a reference into a text, at the cursor. */

import { bodiesOf } from "../expression";

export interface Insertion {
  text: string;
  cursor: number;
}

/** Return the text with a reference in it: inside of braces as it is, elsewhere with braces of its own. */
export function insertReference(text: string, at: number, reference: string): Insertion {
  const cursor = Math.max(0, Math.min(at, text.length));
  const body = bodiesOf(text).find((entry) => cursor >= entry.innerStart && cursor <= entry.innerEnd);
  const made = body === undefined ? `{{ ${reference} }}` : reference;
  return { text: text.slice(0, cursor) + made + text.slice(cursor), cursor: cursor + made.length };
}

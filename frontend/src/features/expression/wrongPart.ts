/** Which letter of a text shows that its syntax is wrong. */

export const WRONG_CLASS = "cm-wrong rounded-xs bg-err-tint underline decoration-2 decoration-err decoration-wavy";

/** Returns the letter at a place, the last one where the text ends too early; null for an empty text. */
export function wrongPart(length: number, at: number): { from: number; to: number } | null {
  if (length === 0) return null;
  const from = Math.max(0, Math.min(at, length - 1));
  return { from, to: from + 1 };
}

/** Returns where a place that counts characters lies in a text whose letters may take two units. */
export function unitAt(text: string, characters: number): number {
  let at = 0;
  for (let count = 0; count < characters && at < text.length; count += 1)
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

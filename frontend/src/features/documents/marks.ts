/** A piece of text, and whether it was found. */
export interface Part {
  readonly at: number;
  readonly text: string;
  readonly isMarked: boolean;
}

/** Cuts a text at pairs of places. The server counts characters; JavaScript counts two for some of them. */
export function partsOf(text: string, highlights: readonly (readonly number[])[]): readonly Part[] {
  const characters = [...text];
  const parts: Part[] = [];
  let done = 0;
  const add = (until: number, isMarked: boolean) => {
    if (until > done) parts.push({ at: done, text: characters.slice(done, until).join(""), isMarked });
    done = Math.max(done, until);
  };
  for (const [begin = 0, end = 0] of highlights) {
    add(begin, false);
    add(end, true);
  }
  add(characters.length, false);
  return parts;
}

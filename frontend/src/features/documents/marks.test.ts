import { expect, it } from "vitest";
import { partsOf } from "./marks";

const marked = (text: string, highlights: number[][]) =>
  partsOf(text, highlights)
    .map((part) => (part.isMarked ? `[${part.text}]` : part.text))
    .join("");

it("marks the words that were found", () => {
  expect(marked("a note is needed", [[2, 6]])).toBe("a [note] is needed");
  expect(marked("note", [[0, 4]])).toBe("[note]");
  expect(marked("none", [])).toBe("none");
  expect(partsOf("", [])).toEqual([]);
});

it("counts characters as the server does", () => {
  expect(marked("🙂 note", [[2, 6]])).toBe("🙂 [note]");
});

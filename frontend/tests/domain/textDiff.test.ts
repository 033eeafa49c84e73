import fc from "fast-check";
import { expect, test } from "vitest";
import { diffLines } from "@/domain/textDiff";

test("a changed line is one removed and one added, in that order", () => {
  expect(diffLines("a\nb\nc", "a\nx\nc")).toEqual([
    { kind: "same", text: "a" },
    { kind: "removed", text: "b" },
    { kind: "added", text: "x" },
    { kind: "same", text: "c" },
  ]);
});

test("both texts can be read from the lines", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after) ?? [];
      const without = (kind: string) => lines.filter((one) => one.kind !== kind).map((one) => one.text);
      expect(without("added").join("\n")).toBe(before);
      expect(without("removed").join("\n")).toBe(after);
    }),
  );
});

test("texts of very many lines are not compared", () => {
  expect(diffLines("\n".repeat(2000), "")).toBeNull();
});

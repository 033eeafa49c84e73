import { expect, test } from "vitest";
import { cellText, readCell } from "./cellText";

test("what stands in a cell can be written back", () => {
  for (const [value, type] of [
    ["a", "text"],
    [{ a: [1, null] }, "json"],
    ["a", "json"],
  ] as const) {
    expect(readCell(cellText(value, type), type)).toEqual({ value });
  }
  expect(cellText(null, "number")).toBe("");
  expect(readCell("", "text")).toEqual({ value: null });
});

test("a number goes as its text, and what is no JSON is told", () => {
  expect(readCell("9007199254740993", "number")).toEqual({ value: "9007199254740993" });
  expect(readCell("{", "json")).toEqual({ problem: "notJson" });
});

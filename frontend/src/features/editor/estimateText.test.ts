import { expect, it } from "vitest";
import { estimateText } from "./estimateText";

it("says what a run may cost, and by what that is known", () => {
  const made = { low_usd: "0.010000", high_usd: "0.030000", basis: "history", calls: 2 } as const;
  expect(estimateText(made)).toBe("A run may cost $0.01 – $0.03, for 2 calls of models: that is what it has cost.");
  expect(estimateText({ ...made, low_usd: "0.030000", basis: "static", calls: 1 })).toBe(
    "A run may cost $0.03, for 1 call of models: a guess by its steps, for one small item.",
  );
  expect(estimateText({ ...made, high_usd: null })).toMatch("whose price is not known");
  expect(estimateText({ ...made, calls: 0 })).toMatch("costs nothing");
});

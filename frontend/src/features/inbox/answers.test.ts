import { expect, test } from "vitest";
import { answersOf, replyOf } from "./answers";

test("an approval is always approved or rejected, in the author's words where he gave some", () => {
  const labels = (options: { value: string; label: string }[]) =>
    answersOf({ type: "approval", options, form: null }).map(({ value, label }) => [value, label]);
  expect(labels([])).toEqual([
    ["approve", "Approve"],
    ["reject", "Reject"],
  ]);
  expect(labels([{ value: "approve", label: "Pay it" }])).toEqual([
    ["approve", "Pay it"],
    ["reject", "Reject"],
  ]);
});

test("a choice sends its option as the action, a question as its data", () => {
  const options = [{ value: "a", label: "A" }];
  expect(answersOf({ type: "choice", options, form: null })).toHaveLength(1);
  expect(replyOf({ type: "choice" }, "a", undefined, " ")).toEqual({ action: "a" });
  expect(replyOf({ type: "clarification" }, "a", undefined, "why")).toEqual({
    action: "answer",
    data: "a",
    comment: "why",
  });
});

test("a question with a form has no buttons of its own", () => {
  expect(answersOf({ type: "clarification", options: [{ value: "a", label: "A" }], form: {} })).toEqual([]);
  expect(replyOf({ type: "clarification" }, "", { budget: 5 }, "")).toEqual({ action: "answer", data: { budget: 5 } });
});

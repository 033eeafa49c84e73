import { expect, test } from "vitest";
import { stepsFor } from "./steps";

test.each([
  ["viewer", ["canvas", "look"]],
  ["runner", ["canvas", "look", "run"]],
  ["editor", ["canvas", "add", "node", "run", "saved"]],
  ["owner", ["canvas", "add", "node", "run", "saved"]],
] as const)("a %s is shown what he may do", (role, names) => {
  expect(stepsFor(role).map(({ name }) => name)).toEqual(names);
});

import { expect, test } from "vitest";
import { looksLikeWorkflow } from "./useDroppedText";

test.each([
  ['{"heddle": 1, "nodes": [], "edges": []}', true],
  ['{\n  "name": "x",\n  "nodes" : []}', true],
  ["app: {}\nworkflow:\n  graph:\n    nodes: []", true],
  ["name: x\nnodes:\n  - id: a", true],
  ["https://example.org/nodes", false],
  ['{"json": {"total": 12}}', false],
  ["Please look at the nodes: they fail", false],
])("%j is a workflow: %s", (text, expected) => {
  expect(looksLikeWorkflow(text)).toBe(expected);
});

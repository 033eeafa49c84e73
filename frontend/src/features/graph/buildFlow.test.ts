import { expect, it } from "vitest";
import { perform, renameNode, setParam } from "@/domain/commands";
import { catalogue, definition, edge, node } from "../../../tests/domain/sample";
import { createFlowBuilder } from "./buildFlow";

const before = definition([node("s", "start"), node("a"), node("b"), node("c")], [edge("s", "a"), edge("a", "b")]);

function changed(command: Parameters<typeof perform>[1]) {
  const build = createFlowBuilder();
  const [old, now] = [build(before, catalogue), build(perform(before, command).definition, catalogue)];
  const isOther = (at: number) => now.nodes[at] !== old.nodes[at];
  return { now, nodes: now.nodes.flatMap(({ id }, at) => (isOther(at) ? [id] : [])) };
}

it("builds anew what changed: a param its own node, a name its neighbours too", () => {
  expect(changed(setParam("a", ["text"], "x")).nodes).toEqual(["a"]);
  const { nodes, now } = changed(renameNode("a", "Other"));
  expect(nodes).toEqual(["s", "a", "b"]);
  expect(now.nodes.map(({ data }) => [data.from, data.to])).toEqual([
    ["", "Other"],
    ["S", "B"],
    ["Other", ""],
    ["", ""],
  ]);
});

import { expect, it } from "vitest";
import { startingTrigger } from "@/domain/startingTrigger";
import { definition, edge, node } from "./sample";

const isTrigger = (id: string) => id.startsWith("t");
const nodes = [node("t1", "start"), node("t2", "hook"), node("a", "step")];

it.each([
  ["the chosen one", ["t1"], [edge("t2", "a")], "t1"],
  ["the one that leads somewhere", [], [edge("t2", "a")], "t2"],
  ["the one that leads somewhere, whatever else is chosen", ["a"], [edge("t2", "a")], "t2"],
  ["what the server says, where both do", [], [edge("t1", "a"), edge("t2", "a")], undefined],
  ["what the server says, where none does", [], [], undefined],
  ["what the server says, where several are chosen", ["t1", "t2"], [edge("t1", "a"), edge("t2", "a")], undefined],
])("a run starts at %s", (_, chosen, edges, expected) => {
  expect(startingTrigger({ definition: definition(nodes, edges), isTrigger, chosen: new Set(chosen) })).toBe(expected);
});

it("passes a trigger that is switched off", () => {
  const off = node("t1", "start");
  off.data.settings = { disabled: true };
  const given = { definition: definition([off, ...nodes.slice(1)], [edge("t1", "a")]), isTrigger };
  expect(startingTrigger({ ...given, chosen: new Set() })).toBeUndefined();
});

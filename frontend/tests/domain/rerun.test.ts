import { expect, test } from "vitest";
import { catalogueOf } from "@/domain/catalogue";
import { readDefinition } from "@/domain/readDefinition";
import { type PastRun, planRerun, type RerunStart } from "@/domain/rerun";
import { nodeType } from "./sample";

const catalogue = catalogueOf([nodeType("plain"), nodeType("writes", { effect: "write" })]);
const node = (id: string, type: string, settings = {}) => ({ id, type, data: { label: id, settings } });
const edge = (source: string, target: string, sourceHandle = "main") => ({ source, target, sourceHandle });
const definition = readDefinition({
  nodes: [
    node("start", "plain"),
    node("pay", "writes"),
    node("check", "plain"),
    node("tell", "writes"),
    node("apart", "plain"),
  ],
  edges: [edge("start", "pay"), edge("pay", "check"), edge("check", "tell")],
});
const past = (...statuses: string[]): PastRun[] =>
  statuses.map((status, at) => ({ nodeId: ["start", "pay", "check", "tell"][at] ?? "", path: "", status }));

function planned(runs: readonly PastRun[], start: RerunStart) {
  const { reused, again, repeatedWrites } = planRerun(definition, catalogue, runs, "start", start);
  return [reused, again, repeatedWrites].map((nodes) => nodes.map((one) => one.id));
}

test("from the failed node: what finished is reused, and only what never wrote writes", () => {
  expect(planned(past("completed", "completed", "failed"), "failed")).toEqual([
    ["start", "pay"],
    ["check", "tell"],
    [],
  ]);
});

test("from the start: everything that can be reached runs again, and what wrote is named", () => {
  expect(planned(past("completed", "completed", "failed"), "start")).toEqual([
    [],
    ["start", "pay", "check", "tell"],
    ["pay"],
  ]);
});

test("from a node: it and what follows run again, whatever they did", () => {
  const all = past("completed", "completed", "completed", "completed");
  expect(planned(all, { nodeId: "check", path: "" })).toEqual([["start", "pay"], ["check", "tell"], ["tell"]]);
});

test("from a node in a round: its loop goes on from there", () => {
  const loop = readDefinition({
    nodes: [node("start", "plain"), node("each", "plain"), node("pay", "writes"), node("end", "plain")],
    edges: [edge("start", "each"), edge("each", "pay", "loop"), edge("pay", "each"), edge("each", "end", "done")],
  });
  const runs = ["start", "each", "pay", "end"].map((nodeId) => ({ nodeId, path: "", status: "completed" }));
  const { again } = planRerun(loop, catalogue, runs, "start", { nodeId: "pay", path: "each:2" });
  expect(again.map((one) => one.id)).toEqual(["each", "pay", "end"]);
});

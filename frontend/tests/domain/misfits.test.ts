// @vitest-environment node
import { describe, expect, it } from "vitest";
import { catalogueOf } from "@/domain/catalogue";
import {
  insertOnEdge,
  NO_HISTORY,
  perform,
  record,
  redo,
  replaceDefinition,
  setParam,
  setWorkflowSetting,
  undo,
} from "@/domain/commands";
import type { RunEvent } from "@/domain/definition";
import { initialOf } from "@/domain/form";
import { hasForbiddenKey, mapStrings, sameJson, stringsIn } from "@/domain/json";
import { applyPatches, type Patch, touchedBy } from "@/domain/patches";
import { emptyRun, iterationsOf, latestOf, withEvent, withEvents } from "@/domain/runState";
import { definition, edge, node, nodeType } from "./sample";

describe("patches that fit no more", () => {
  const start = definition([node("a", "step", { x: { y: 1 } }), node("b")]);
  const apply = (...patches: Patch[]) => applyPatches(start, patches);

  it("are left out: what they change is gone, there already, or something else by now", () => {
    const gone: Patch[] = [
      { op: "remove", part: "nodes", id: "z" },
      { op: "add", part: "nodes", id: "a", after: null, value: node("a") },
      { op: "set", part: "nodes", id: "z", path: ["data"], value: 1 },
      { op: "set", part: "nodes", id: "a", path: ["data", "params", "x", "y", "z"], value: 1 },
      { op: "set", part: "nodes", id: "a", path: ["data", "params", "gone", "z"], value: 1 },
      { op: "unset", part: "settings", id: null, path: [] },
    ];
    expect(apply(...gone)).toEqual(start);
  });

  it("put entries and keys whose neighbour is gone at the end", () => {
    const added = apply({ op: "add", part: "nodes", id: "c", after: "z", value: node("c") });
    expect(added.nodes.map((entry) => entry.id)).toEqual(["a", "b", "c"]);
    const key = apply({ op: "set", part: "nodes", id: "a", path: ["data", "params", "n"], value: 1, after: "gone" });
    expect(Object.keys(key.nodes[0]?.data.params ?? {})).toEqual(["x", "n"]);
    const first = apply({ op: "set", part: "nodes", id: "a", path: ["data", "params", "n"], value: 1, after: null });
    expect(Object.keys(first.nodes[0]?.data.params ?? {})).toEqual(["n", "x"]);
    const order = applyPatches(added, [{ op: "order", part: "nodes", ids: ["b", "a"] }]);
    expect(order.nodes.map((entry) => entry.id)).toEqual(["b", "a", "c"]);
  });

  it("name the node of a pin, and the edge of an edge", () => {
    const touched = touchedBy([
      { op: "set", part: "pinned_data", id: null, path: ["a"], value: {} },
      { op: "set", part: "settings", id: null, path: ["x"], value: 1 },
      { op: "remove", part: "edges", id: "e" },
      { op: "order", part: "nodes", ids: [] },
    ]);
    expect(touched).toEqual({ nodes: ["a"], edges: ["e"] });
  });

  it("joins edits that first made a field and then changed it", () => {
    const one = perform(start, setParam("b", ["new"], "a"));
    const two = perform(one.definition, setParam("b", ["new"], "ab"));
    const history = record(record(NO_HISTORY, one, 0), two, 100);
    expect(history.past).toHaveLength(1);
    expect(history.past[0]?.forward).toHaveLength(1);
    const back = undo(history, two.definition);
    expect(back && redo(back.history, back.definition)?.definition).toEqual(two.definition);
    const gone = perform(two.definition, setParam("b", ["new"], undefined));
    const all = record(history, gone, 200);
    expect(undo(all, gone.definition)?.definition).toEqual(start);
    expect(undo(history, two.definition)?.definition).toEqual(start);
  });

  it("changes nothing for an edge or node that is not there, and takes a whole definition over in one step", () => {
    const linked = definition([node("a"), node("b")], [edge("a", "b")]);
    expect(perform(linked, insertOnEdge({ edge: "gone", node: "a" })).forward).toEqual([]);
    expect(perform(linked, insertOnEdge({ edge: edge("a", "b").id, node: "a" })).forward).toEqual([]);
    expect(perform(linked, insertOnEdge({ edge: edge("a", "b").id, node: "gone" })).forward).toEqual([]);
    expect(perform(start, setWorkflowSetting("timezone", "UTC")).definition.settings).toEqual({ timezone: "UTC" });
    const proposal = definition([node("a", "step", { x: { y: 1 } }), node("c")], [edge("a", "c")]);
    const change = perform(start, replaceDefinition(proposal, "Apply proposal"));
    expect(change.definition).toEqual(proposal);
    expect(change.touched).toEqual({ nodes: ["b", "c"], edges: [edge("a", "c").id] });
  });
});

describe("JSON", () => {
  it("is compared without regard to the order of keys", () => {
    expect(sameJson({ a: [1, { b: 2 }], c: null }, { c: null, a: [1, { b: 2 }] })).toBe(true);
    for (const [one, other] of [
      [[1], [1, 2]],
      [{ a: 1 }, { b: 1 }],
      [{ a: undefined }, {}],
      [[], {}],
      [1, "1"],
    ])
      expect(sameJson(one, other)).toBe(false);
  });

  it("keeps its identity where no string changed", () => {
    const value = { a: ["x", { b: "y" }], n: 1 };
    expect(mapStrings(value, (text) => text)).toBe(value);
    expect(mapStrings(value, (text) => text.replace("y", "z"))).toEqual({ a: ["x", { b: "z" }], n: 1 });
    expect([...stringsIn(value), ...stringsIn(undefined)]).toEqual(["x", "y"]);
    expect([hasForbiddenKey([{ prototype: 1 }]), hasForbiddenKey([{ a: "constructor" }])]).toEqual([true, false]);
  });
});

it("finds the version a node was saved with, else the newest", () => {
  const found = catalogueOf([nodeType("a", { version: 2 }), nodeType("a"), nodeType("a", { version: 3 })]);
  expect([found.find("a")?.version, found.find("a", 1)?.version, found.find("a", 9)?.version, found.find("b")]).toEqual(
    [3, 1, 3, undefined],
  );
  expect(found.all).toHaveLength(1);
});

it("orders nested iterations, and keeps a failure that tells nothing", () => {
  const event = (seq: number | null, type: string, path: string, data = {}): RunEvent => ({
    seq,
    type,
    at: "t",
    execution_id: "x",
    node_id: "n",
    path,
    data,
  });
  const paths = ["l:1/m:0", "l:0/m:10", "l:0/m:2", "", "l:1"];
  const state = withEvents(
    emptyRun(),
    paths.map((path, at) => event(at + 1, "node.started", path)),
  );
  expect(iterationsOf(state, "n")).toEqual(["", "l:0/m:2", "l:0/m:10", "l:1", "l:1/m:0"]);
  const failed = withEvent(state, event(6, "node.failed", "", { error: {} }));
  expect(latestOf(failed, "n", "")?.error).toEqual({ code: "", message: "", node_id: null });
  expect(latestOf(withEvent(failed, event(7, "node.retrying", "", {})), "n", "")).toMatchObject({
    status: "retrying",
    attempts: [{ number: 1, error: null }],
  });
  const closed = withEvent(state, event(6, "human_task.opened", "", {}));
  expect(closed.openTasks).toEqual({});
  const task = withEvent(state, event(6, "human_task.opened", "", { human_task_id: "t" }));
  expect(
    latestOf(withEvent(task, event(7, "human_task.closed", "", { human_task_id: "t" })), "n", "")?.waiting,
  ).toBeNull();
  expect(
    latestOf(withEvent(task, event(7, "human_task.closed", "", { human_task_id: "u" })), "n", "")?.waiting,
  ).not.toBeNull();
  expect(withEvent(state, event(null, "node.delta", "", { text: 3 })).runs.size).toBe(5);
});

it("starts rows of schemas that hold themselves, and of lists with a least length", () => {
  const root = {
    $defs: { Tree: { type: "object", required: ["inner"], properties: { inner: { $ref: "#/$defs/Tree" } } } },
  };
  expect(JSON.stringify(initialOf({ $ref: "#/$defs/Tree" }, root)).length).toBeLessThan(100);
  expect(initialOf({ type: "array", minItems: 2, items: { type: "string" } }, {})).toEqual(["", ""]);
  expect(initialOf({ type: "array", minItems: 1 }, {})).toEqual([""]);
  expect(initialOf({ const: 3 }, {})).toBe(3);
});

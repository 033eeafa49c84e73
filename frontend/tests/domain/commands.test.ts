// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addNode,
  connect,
  deleteSelection,
  type History,
  insertOnEdge,
  invert,
  NO_HISTORY,
  perform,
  reapply,
  reattach,
  record,
  redo,
  renameNode,
  setNodeSettings,
  setNodeVersion,
  setParam,
  undo,
} from "@/domain/commands";
import type { Definition } from "@/domain/definition";
import { anyAction, anyDefinition, counter, definition, edge, node } from "./sample";

const bytes = (value: unknown): string => JSON.stringify(value);

describe("every command", () => {
  it("inverted leads back to the same bytes, and applied again to the same definition", () => {
    fc.assert(
      fc.property(anyDefinition, anyAction, (before, draw) => {
        const command = draw(before, counter());
        if (command === null) return;
        const change = perform(before, command);
        expect(bytes(invert(change, change.definition))).toBe(bytes(before));
        expect(reapply(change, before)).toEqual(change.definition);
      }),
      { numRuns: 600 },
    );
  });

  it("leaves no edge without its nodes, no double id and no double label", () => {
    fc.assert(
      fc.property(anyDefinition, fc.array(anyAction, { maxLength: 20 }), (before, draws) => {
        const makeId = counter();
        let now = before;
        for (const draw of draws) {
          const command = draw(now, makeId);
          if (command !== null) now = perform(now, command).definition;
        }
        const ids = new Set(now.nodes.map((entry) => entry.id));
        expect(ids.size).toBe(now.nodes.length);
        expect(now.edges.every((entry) => ids.has(entry.source) && ids.has(entry.target))).toBe(true);
        expect(new Set(now.edges.map((entry) => entry.id)).size).toBe(now.edges.length);
        const labels = now.nodes.map((entry) => entry.data.label).filter((label) => label !== "");
        expect(new Set(labels).size).toBe(labels.length);
      }),
      { numRuns: 150 },
    );
  });

  it("200 at random, all undone, equal the start; all redone, the end", () => {
    fc.assert(
      fc.property(anyDefinition, fc.array(anyAction, { minLength: 200, maxLength: 200 }), (start, draws) => {
        const makeId = counter();
        let now: Definition = start;
        let history: History = NO_HISTORY;
        draws.forEach((draw, at) => {
          const command = draw(now, makeId);
          if (command === null) return;
          const change = perform(now, command);
          history = record(history, change, at * 500);
          now = change.definition;
        });
        const end = now;
        for (let step = undo(history, now); step !== null; step = undo(history, now))
          ({ history, definition: now } = step);
        expect(bytes(now)).toBe(bytes(start));
        for (let step = redo(history, now); step !== null; step = redo(history, now))
          ({ history, definition: now } = step);
        expect(now).toEqual(end);
      }),
      { numRuns: 8 },
    );
  });
});

describe("history", () => {
  const start = definition([node("a"), node("b")]);
  const typed = (now: Definition, text: string) => perform(now, setParam("a", ["url"], text));

  it("joins typing in one field within 800 ms, and names what an undo touched", () => {
    const first = typed(start, "h");
    const second = typed(first.definition, "ht");
    const third = typed(second.definition, "htt");
    let history = record(NO_HISTORY, first, 0);
    history = record(history, second, 700);
    history = record(history, third, 1600);
    expect(history.past).toHaveLength(2);
    const step = undo(history, third.definition);
    expect(step?.definition.nodes[0]?.data.params).toEqual({ url: "ht" });
    expect(step?.touched).toEqual({ nodes: ["a"], edges: [] });
    const twice = step && undo(step.history, step.definition);
    expect(twice?.definition).toEqual(start);
  });

  it("keeps 200 entries and forgets what could be redone once something else happens", () => {
    let now = start;
    let history: History = NO_HISTORY;
    for (let at = 0; at < 230; at += 1) {
      const change = typed(now, `${at}`);
      history = record(history, change, at * 1000);
      now = change.definition;
    }
    expect(history.past).toHaveLength(200);
    const back = undo(history, now);
    const change = perform(back?.definition ?? now, setParam("b", ["x"], 1));
    expect(record(back?.history ?? history, change, 1e6).future).toEqual([]);
  });

  it("ignores a command that changed nothing", () => {
    const change = perform(start, setParam("gone", ["x"], 1));
    expect(change.definition).toBe(start);
    expect(record(NO_HISTORY, change, 0)).toBe(NO_HISTORY);
    expect(undo(NO_HISTORY, start)).toBeNull();
    expect(redo(NO_HISTORY, start)).toBeNull();
  });

  it("still fits after somebody else's nodes were merged in", () => {
    const change = perform(start, deleteSelection(["a"]));
    const merged = { ...change.definition, nodes: [...change.definition.nodes, node("theirs")] };
    expect(invert(change, merged).nodes.map((entry) => entry.id)).toEqual(["a", "b", "theirs"]);
  });
});

describe("single commands", () => {
  it("adds a node behind a handle: 80 to the right, connected, pushed down until it overlaps nothing", () => {
    const start = definition([node("a", "step", {}, 0, 0), node("b", "step", {}, 304, 0)], [edge("a", "b")]);
    const from = { node: "a", handle: "error", input: "main" };
    const change = perform(start, addNode({ type: { kind: "step", version: 2, label: "B" }, from, makeId: counter() }));
    const made = change.definition.nodes[2];
    expect(made?.position).toEqual({ x: 304, y: 80 });
    expect(made?.data).toMatchObject({ label: "B 2", version: 2 });
    expect(change.definition.edges[1]).toMatchObject({ source: "a", sourceHandle: "error", target: made?.id });
    expect(change.created).toEqual([made?.id]);
  });

  it("adds a node before an input, and one where nothing else is", () => {
    const start = definition([node("a", "step", {}, 400, 0)]);
    const type = { kind: "step", version: 1, label: "New" };
    const before = perform(start, addNode({ type, to: { node: "a", handle: "main", output: "true" } })).definition;
    expect(before.nodes[1]?.position).toEqual({ x: 96, y: 0 });
    expect(before.edges[0]).toMatchObject({ sourceHandle: "true", target: "a" });
    expect(perform(definition([]), addNode({ type })).definition.nodes[0]?.position).toEqual({ x: 0, y: 0 });
    const free = addNode({ type, position: { x: 3, y: 5 }, snapped: false });
    expect(perform(start, free).definition.nodes[1]?.position).toEqual({ x: 3, y: 5 });
  });

  it("inserts on an edge, moves aside what lies behind, and closes the gap when that node goes", () => {
    const start = definition(
      [
        node("a", "step", {}, 0, 0),
        node("b", "step", {}, 304, 0),
        node("c", "step", {}, 608, 0),
        node("d", "step", {}, 304, 200),
      ],
      [edge("d", "b"), edge("a", "b"), edge("b", "c")],
    );
    const type = { kind: "step", version: 1, label: "New" };
    const inserted = perform(start, insertOnEdge({ edge: edge("a", "b").id, node: { type }, makeId: counter() }));
    const now = inserted.definition;
    const made = inserted.created[0] ?? "";
    expect(now.nodes.map((entry) => entry.position.x)).toEqual([0, 608, 912, 304, 304]);
    expect(now.edges.filter((entry) => entry.target === "b").map((entry) => entry.source)).toEqual(["d", made]);
    const closed = perform(now, deleteSelection([made])).definition;
    expect(closed.edges).toEqual(start.edges);
    const open = perform(now, deleteSelection([made], [], "leave")).definition;
    expect(open.edges).toHaveLength(2);
  });

  it("renames a node in all params, and says how many references that were", () => {
    const params = {
      a: "{{ $('A').item.json.x + $node[\"A\"].json.y }} $('A')",
      b: [{ c: "{{ $node.A.json }} {{ $('B') }}" }],
    };
    const start = definition([node("a"), node("b", "step", params)]);
    const change = perform(start, renameNode("a", "It's"));
    expect(change.references).toBe(3);
    expect(change.definition.nodes[1]?.data.params).toEqual({
      a: "{{ $('It\\'s').item.json.x + $node[\"It's\"].json.y }} $('A')",
      b: [{ c: "{{ $node[\"It's\"].json }} {{ $('B') }}" }],
    });
    expect(perform(start, renameNode("a", "B")).definition.nodes[0]?.data.label).toBe("B 2");
    expect(perform(start, renameNode("a", " ")).forward).toEqual([]);
  });

  it("makes an edge once only, keeps its id when it is led elsewhere, and refuses a double", () => {
    const start = definition([node("a"), node("b"), node("c")], [edge("a", "b"), edge("a", "c")]);
    const ends = { source: "a", sourceHandle: "main", target: "b", targetHandle: "main" };
    expect(perform(start, connect(ends)).forward).toEqual([]);
    expect(perform(start, connect({ ...ends, target: "gone" })).forward).toEqual([]);
    expect(perform(start, reattach(edge("a", "c").id, ends)).forward).toEqual([]);
    const moved = perform(start, reattach(edge("a", "c").id, { ...ends, source: "b", target: "c" })).definition;
    expect(moved.edges[1]).toEqual({ ...edge("b", "c"), id: edge("a", "c").id });
  });

  it("sets settings and the version, and takes a setting back", () => {
    const start = definition([node("a")]);
    const set = perform(start, setNodeSettings("a", { queue: "gpu", timeout_s: 3 })).definition;
    const back = perform(set, setNodeSettings("a", { queue: undefined })).definition;
    expect(back.nodes[0]?.data.settings).toEqual({ timeout_s: 3 });
    expect(perform(start, setNodeVersion("a", 2)).definition.nodes[0]?.data.version).toBe(2);
  });
});

// @vitest-environment node
import ELK from "elkjs/lib/elk.bundled.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyLayout, perform } from "@/domain/commands";
import type { Definition } from "@/domain/definition";
import {
  alignment,
  boundsOf,
  overlap,
  placeAfter,
  pushedDown,
  type Rect,
  sizeOf,
  snap,
  snapPoint,
} from "@/domain/geometry";
import { bodyOf, createNodeList, downstreamOf, loopHandles, topological, upstreamOf } from "@/domain/graph";
import { canConnect, firstFreeInput, firstOutput, handlesOf, inputFor, outputFor } from "@/domain/handles";
import { layoutGraph, placesFrom } from "@/domain/layoutGraph";
import { anyDefinition, catalogue, definition, edge, node, nodeType } from "./sample";

const handles = (id: string, now: Definition) => {
  const found = now.nodes.find((entry) => entry.id === id);
  if (!found) throw new Error(id);
  return handlesOf(found, catalogue.find(found.type), now.edges);
};
const outputs = (type: string, params = {}): string[] =>
  handlesOf(node("a", type, params), catalogue.find(type), []).outputs.map((entry) => entry.name);
const inputs = (params = {}): string[] =>
  handlesOf(node("a", "join", params), catalogue.find("join"), []).inputs.map((entry) => entry.name);

describe("handles", () => {
  it("follow the params: named outputs before the default, the error last; so many inputs", () => {
    expect(
      outputs("cases", { cases: [{ name: "big" }, { name: "" }, 3, { name: "big" }, { name: "default" }, "plain"] }),
    ).toEqual(["big", "3", "plain", "default", "error"]);
    expect(outputs("cases", { cases: "{{ $json.x }}" })).toEqual(["default", "error"]);
    expect(inputs()).toEqual(["input_1", "input_2"]);
    expect(inputs({ number: 4 })).toEqual(["input_1", "input_2", "input_3", "input_4"]);
    expect(inputs({ number: 9 })).toEqual(["input_1", "input_2"]);
  });

  it("named by a param exist only while another one has a value", () => {
    const asks = nodeType("asks", {
      dynamic_outputs: { param: "options", name_field: "value", when: { field: "type", in: ["choice"] } },
      fields: [],
    });
    const names = (params: Record<string, never> | object): string[] =>
      handlesOf(node("a", "asks", { ...params, options: [{ value: "x" }] }), asks, []).outputs.map(
        (entry) => entry.name,
      );
    expect(names({ type: "choice" })).toEqual(["main", "x", "error"]);
    expect(names({})).toEqual(["main", "error"]);
  });

  it("named by a param that says nothing are those of its default; what is left over stands behind them", () => {
    const mood = nodeType("mood", {
      outputs: [{ name: "other", label: "", gives: "items", is_error: false }],
      dynamic_outputs: { param: "labels", name_field: "" },
      fields: [
        {
          name: "labels",
          type: "json",
          label: "Labels",
          required: false,
          default: ["good", "bad"],
          options: [],
          placeholder: "",
          help: "",
          group: "main",
          show_if: null,
          expression: true,
          language: null,
        },
      ],
    });
    const names = (params: object): string[] =>
      handlesOf(node("a", "mood", { ...params }), mood, []).outputs.map((entry) => entry.name);
    expect(names({})).toEqual(["good", "bad", "other"]);
    expect(names({ labels: ["yes"] })).toEqual(["yes", "other"]);
  });

  it("that only an edge names stay, marked; a node of an unknown kind has those of its edges; a note none", () => {
    const now = definition([node("a", "cases", { cases: [] }), node("b", "mystery")], [edge("a", "b", "gone", "in")]);
    expect(handles("a", now).outputs.at(-1)).toMatchObject({ name: "gone", missing: true });
    expect(handles("b", now)).toMatchObject({ inputs: [{ name: "in", missing: true }], outputs: [] });
    expect(handlesOf(node("n", "note"), undefined, now.edges)).toEqual({ inputs: [], outputs: [] });
  });

  it("say what a new node of a type is connected by", () => {
    const [agent, cases, start] = [nodeType("agent"), catalogue.find("cases"), catalogue.find("start")];
    if (!cases || !start) throw new Error("sample");
    expect([inputFor(agent, "items"), inputFor(agent, "model"), inputFor(start, "items")]).toEqual([
      "main",
      null,
      null,
    ]);
    expect([outputFor(cases, "items"), outputFor(start, "model")]).toEqual(["default", null]);
    expect(firstOutput(handles("a", definition([node("a", "branch")])))).toBe("true");
    expect(firstOutput(handles("a", definition([node("a", "branch")])), "model")).toBeNull();
  });
});

describe("connecting", () => {
  const now = definition(
    [
      node("s", "start"),
      node("a"),
      node("b"),
      node("l", "round"),
      node("c"),
      node("m", "model"),
      node("g", "agent"),
      node("m2", "model"),
      node("d"),
      node("j", "join"),
    ],
    [
      edge("s", "a"),
      edge("a", "b"),
      edge("b", "l"),
      edge("l", "c", "loop"),
      edge("l", "d", "done"),
      edge("m", "g", "model", "model"),
    ],
  );
  const context = { definition: now, catalogue };
  const answer = (source: string, sourceHandle: string, target: string, targetHandle = "main", replacing?: string) => {
    const made = canConnect(
      { ...context, ...(replacing ? { replacing } : {}) },
      { node: source, handle: sourceHandle },
      { node: target, handle: targetHandle },
    );
    return made.ok ? "ok" : made.code;
  };

  it("says why not", () => {
    expect(answer("a", "main", "c")).toBe("ok");
    expect(answer("gone", "main", "a")).toBe("node_missing");
    expect(answer("a", "gone", "b")).toBe("handle_missing");
    expect(answer("a", "main", "b", "gone")).toBe("handle_missing");
    expect(answer("a", "main", "s")).toBe("handle_missing");
    expect(answer("a", "main", "a")).toBe("self");
    expect(answer("a", "main", "b")).toBe("duplicate");
    expect(answer("a", "main", "b", "main", edge("a", "b").id)).toBe("ok");
    expect(answer("a", "main", "g", "model")).toBe("type_mismatch");
    expect(answer("m2", "model", "g", "model")).toBe("input_taken");
    expect(answer("b", "main", "a")).toBe("cycle");
    expect(canConnect(context, { node: "b", handle: "main" }, { node: "a", handle: "main" })).toMatchObject({
      reason: "This would make a cycle: use a Loop node.",
    });
    expect(canConnect(context, { node: "a", handle: "main" }, { node: "s", handle: "main" })).toMatchObject({
      reason: "S takes no input.",
    });
  });

  it("lets a loop's body return to it, and nothing behind the loop", () => {
    expect(answer("c", "main", "l")).toBe("ok");
    expect(answer("l", "loop", "l")).toBe("ok");
    expect(answer("l", "done", "l")).toBe("self");
    expect(answer("d", "main", "l")).toBe("cycle");
    const looped = { ...now, edges: [...now.edges, edge("c", "l")] };
    expect(
      canConnect({ definition: looped, catalogue }, { node: "d", handle: "main" }, { node: "c", handle: "main" }).ok,
    ).toBe(true);
    expect(
      canConnect({ definition: looped, catalogue }, { node: "d", handle: "main" }, { node: "a", handle: "main" }).ok,
    ).toBe(false);
  });

  it("takes the first free input that fits", () => {
    expect(firstFreeInput(context, { node: "a", handle: "main" }, "j")).toBe("input_1");
    const taken = { definition: { ...now, edges: [...now.edges, edge("b", "j", "main", "input_1")] }, catalogue };
    expect(firstFreeInput(taken, { node: "a", handle: "main" }, "j")).toBe("input_2");
    expect(firstFreeInput(context, { node: "a", handle: "main" }, "l")).toBe("main");
    expect(firstFreeInput(context, { node: "b", handle: "main" }, "a")).toBeNull();
    expect(firstFreeInput(context, { node: "a", handle: "main" }, "gone")).toBeNull();
  });

  it("never makes a cycle but by a loop", () => {
    fc.assert(
      fc.property(anyDefinition, (start) => {
        let made = { ...start, edges: [] as Definition["edges"] };
        for (const wanted of start.edges) {
          const to = { node: wanted.target, handle: wanted.targetHandle };
          if (canConnect({ definition: made, catalogue }, { node: wanted.source, handle: wanted.sourceHandle }, to).ok)
            made = { ...made, edges: [...made.edges, wanted] };
        }
        const loops = loopHandles(made, catalogue);
        const order = topological(made, loops);
        expect([...order].sort()).toEqual(made.nodes.map((entry) => entry.id).sort());
        for (const entry of made.edges)
          if (!loops.has(entry.target)) expect(order.indexOf(entry.source)).toBeLessThan(order.indexOf(entry.target));
      }),
      { numRuns: 300 },
    );
  });

  it("knows what lies up, down and in a loop", () => {
    expect([...downstreamOf(now, ["b"])].sort()).toEqual(["b", "c", "d", "l"]);
    expect([...upstreamOf(now, ["b"])].sort()).toEqual(["a", "b", "s"]);
    expect([...bodyOf(now.edges, "l", "loop")]).toEqual(["c"]);
  });

  it("lists the same nodes while only params change", () => {
    const list = createNodeList();
    const first = list([node("a"), node("b")]);
    expect(list([node("a"), node("b", "step", { text: "typed" })])).toBe(first);
    expect(list([node("a"), node("b", "other")])).not.toBe(first);
    expect(list([node("a")]).map(({ id }) => id)).toEqual(["a"]);
  });
});

describe("geometry", () => {
  const rect = fc.record({
    x: fc.integer({ min: -500, max: 500 }),
    y: fc.integer({ min: -500, max: 500 }),
    width: fc.constant(224),
    height: fc.constantFrom(64, 88, 160),
  });

  it("pushes down until nothing overlaps, and not further than needed", () => {
    fc.assert(
      fc.property(rect, fc.array(rect, { maxLength: 12 }), (wanted, others) => {
        const place = pushedDown(wanted, others);
        expect(others.some((other) => overlap({ ...wanted, ...place }, other, 16))).toBe(false);
        expect(place.x).toBe(wanted.x);
        if (!others.some((other) => overlap(wanted, other, 16))) expect(place.y).toBe(wanted.y);
      }),
      { numRuns: 300 },
    );
  });

  it("gives a node 224 × 64, and 24 more for each handle beyond two", () => {
    const size = (type: string, params = {}, edges: Definition["edges"] = []) =>
      sizeOf(node("a", type, params), handlesOf(node("a", type, params), catalogue.find(type), edges)).height;
    expect([
      size("step"),
      size("branch"),
      size("cases", { cases: [{ name: "a" }, { name: "b" }] }),
      size("join", { number: 4 }),
    ]).toEqual([64, 64, 88, 112]);
    expect(size("cases", { cases: [{ name: "a" }] }, [edge("a", "b", "error")])).toBe(88);
    expect(sizeOf(node("n", "note"), { inputs: [], outputs: [] })).toEqual({ width: 240, height: 160 });
  });

  it("snaps, places behind, bounds", () => {
    expect(Object.is(snap(-3), 0)).toBe(true);
    expect(snapPoint({ x: 9, y: 23 })).toEqual({ x: 16, y: 16 });
    const source: Rect = { x: 0, y: 0, width: 224, height: 64 };
    expect(placeAfter(source, { width: 224, height: 64 }, [])).toEqual({ x: 304, y: 0 });
    expect(boundsOf([])).toBeNull();
    expect(boundsOf([source, { ...source, x: 300, y: 100 }])).toEqual({ x: 0, y: 0, width: 524, height: 164 });
  });

  it("draws lines to neighbours that a dragged node stands in line with", () => {
    const other: Rect = { x: 0, y: 0, width: 224, height: 64 };
    const made = alignment({ x: 4, y: 300, width: 224, height: 64 }, [other]);
    expect(made).toMatchObject({ dx: -4, dy: 0, lines: [{ axis: "x", at: 0, from: 0, to: 364 }] });
    expect(alignment({ x: 400, y: 3, width: 224, height: 64 }, [other]).lines).toEqual([
      { axis: "y", at: 0, from: 0, to: 624 },
    ]);
    expect(alignment({ x: 400, y: 300, width: 10, height: 10 }, [other, { ...other, x: 900 }])).toEqual({
      dx: 0,
      dy: 0,
      lines: [],
    });
  });
});

describe("layout", () => {
  async function tidied(start: Definition, only?: ReadonlySet<string>): Promise<Definition> {
    const laidOut = await new ELK().layout(layoutGraph(start, catalogue, only) as never);
    return perform(start, applyLayout(placesFrom(laidOut as never, start, catalogue))).definition;
  }
  const place = (now: Definition, id: string) => now.nodes.find((entry) => entry.id === id)?.position ?? { x: 0, y: 0 };

  it("lays 200 nodes out without overlap, left to right, true above false", async () => {
    const nodes = [node("n0", "start")];
    const edges: Definition["edges"] = [];
    for (let at = 1; at < 200; at += 1) {
      nodes.push(node(`n${at}`, at % 2 === 0 ? "branch" : "step"));
      const from = at < 3 ? 0 : at % 4 < 2 ? at - 3 + (at % 2) : at - 2;
      const source = nodes[Math.max(0, from)]?.id ?? "n0";
      const used = edges.filter((entry) => entry.source === source).length;
      const handle = nodes[Math.max(0, from)]?.type === "branch" ? ["true", "false"][used % 2] : "main";
      edges.push(edge(source, `n${at}`, handle));
    }
    const made = await tidied(definition(nodes, edges));
    const rects = made.nodes.map((entry) => ({ ...entry.position, ...sizeOf(entry, handles(entry.id, made)) }));
    expect(rects.some((one, at) => rects.slice(0, at).some((other) => overlap(one, other)))).toBe(false);
    for (const entry of made.edges) expect(place(made, entry.source).x).toBeLessThan(place(made, entry.target).x);
    for (const branch of made.nodes.filter((entry) => entry.type === "branch")) {
      const heights = (handle: string) =>
        made.edges
          .filter((entry) => entry.source === branch.id && entry.sourceHandle === handle)
          .map((entry) => place(made, entry.target).y);
      for (const yes of heights("true")) for (const no of heights("false")) expect(yes).toBeLessThan(no);
    }
  });

  it("keeps the corner, takes notes along, lays out a selection alone, and lets a loop's body return", async () => {
    const start = definition(
      [
        node("s", "start", {}, 160, 320),
        node("a", "step", {}, 160, 330),
        node("l", "round", {}, 0, 0),
        node("b", "step", {}, 0, 0),
        node("n", "note", {}, 160, 420),
      ],
      [edge("s", "a"), edge("a", "l"), edge("l", "b", "loop"), edge("b", "l")],
    );
    const made = await tidied(start);
    expect(Math.min(...["s", "a", "l", "b"].map((id) => place(made, id).x))).toBe(0);
    expect(place(made, "l").x).toBeLessThan(place(made, "b").x);
    const moved = { x: place(made, "a").x - 160, y: place(made, "a").y - 330 };
    expect(place(made, "n")).toEqual({ x: 160 + moved.x, y: 420 + moved.y });
    const part = await tidied(start, new Set(["s", "a"]));
    expect([place(part, "l"), place(part, "b")]).toEqual([place(start, "l"), place(start, "b")]);
    expect(place(part, "s")).toEqual({ x: 160, y: 320 });
    expect(placesFrom({ id: "root" }, start, catalogue)).toEqual({});
  });
});

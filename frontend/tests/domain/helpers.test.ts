import ELK from "elkjs/lib/elk.bundled.js";
import { describe, expect, it } from "vitest";
import { catalogueOf } from "@/domain/catalogue";
import { addNode, deleteSelection } from "@/domain/commands";
import type { Definition, NodeType } from "@/domain/definition";
import { canConnect, handlesOf, isHelper } from "@/domain/handles";
import { blockSize, ownersOf, placesBelow } from "@/domain/helpersBelow";
import { layoutGraph, placesFrom } from "@/domain/layoutGraph";
import { definition as definitionOf, edge, node, nodeType } from "./sample";

const item = { name: "main", label: "Input", accepts: "items", multiple: true, required: true };
const main = { name: "main", label: "Output", gives: "items", is_error: false };
const asTool = { name: "tool", label: "Tool", gives: "tool", is_error: false };
const error = { name: "error", label: "Error", gives: "items", is_error: true };
const slot = (name: string, accepts: string, multiple: boolean) => ({
  name,
  label: name,
  accepts,
  multiple,
  required: false,
});

const types: NodeType[] = [
  nodeType("step", {
    inputs: [item, slot("model", "model", false), slot("tools", "tool", true)],
    outputs: [main, error, asTool],
  }),
  nodeType("plain", { inputs: [item], outputs: [main, error, asTool] }),
  nodeType("giver", { inputs: [], outputs: [{ name: "model", label: "Model", gives: "model", is_error: false }] }),
];
const catalogue = catalogueOf(types);

const graph = (...edges: ReturnType<typeof edge>[]): Definition =>
  definitionOf([node("step", "step"), node("plain", "plain"), node("giver", "giver"), node("other", "giver")], edges);

const handles = (definition: Definition, id: string) => {
  const found = definition.nodes.find((entry) => entry.id === id);
  if (found === undefined) throw new Error(id);
  return handlesOf(found, catalogue.find(found.type), definition.edges);
};

describe("helpers", () => {
  it("has the output for tools, which waits until it is wanted", () => {
    const idle = handles(graph(), "plain").outputs.filter((one) => one.isIdle);
    expect(idle.map((one) => one.name)).toEqual(["tool", "error"]);
    expect(isHelper(handles(graph(), "plain"))).toBe(false);
    expect(handles(graph(), "giver").outputs.map((one) => one.isIdle)).toEqual([false]);
  });

  it("is no step any more once it is a tool", () => {
    const found = handles(graph(edge("plain", "step", "tool", "tools")), "plain");
    expect(isHelper(found)).toBe(true);
    expect([found.inputs, found.outputs.map((one) => one.name)]).toEqual([[], ["tool"]]);
  });

  it.each([
    ["giver", "model", "step", "model", "ok"],
    ["giver", "model", "step", "tools", "type_mismatch"],
    ["giver", "model", "step", "main", "type_mismatch"],
    ["plain", "tool", "step", "tools", "ok"],
    ["plain", "main", "step", "tools", "type_mismatch"],
    ["step", "main", "giver", "main", "handle_missing"],
  ])("connects %s.%s to %s.%s: %s", (from, out, to, into, expected) => {
    const answer = canConnect(
      { definition: graph(), catalogue },
      { node: from, handle: out },
      { node: to, handle: into },
    );
    expect(answer.ok ? "ok" : answer.code).toBe(expected);
  });

  it("takes one helper in a single slot, and no step as a tool that is connected already", () => {
    const taken = graph(edge("giver", "step", "model", "model"), edge("plain", "step"));
    const ask = (from: string, out: string, into: string) => {
      const answer = canConnect(
        { definition: taken, catalogue },
        { node: from, handle: out },
        { node: "step", handle: into },
      );
      return answer.ok ? "ok" : answer.code;
    };
    expect(ask("other", "model", "model")).toBe("input_taken");
    expect(ask("plain", "tool", "tools")).toBe("in_flow");
  });

  it("stands below its step, beside those that stand there", () => {
    const draft = graph();
    const to = { node: "step", handle: "model", output: "model", isBeside: true };
    const step = draft.nodes[0];
    addNode({ type: types[2] as NodeType, to }).recipe(draft);
    const added = draft.nodes.at(-1);
    expect(added?.position.y).toBeGreaterThan((step?.position.y ?? 0) + 64);
    expect(draft.edges.at(-1)).toMatchObject({ source: added?.id, sourceHandle: "model", targetHandle: "model" });
  });

  it("closes the gap of a step, and leads nothing from a helper into the flow", () => {
    const draft = definitionOf(
      [node("a", "plain"), node("step", "step"), node("b", "plain"), node("giver", "giver")],
      [edge("a", "step"), edge("step", "b"), edge("giver", "step", "model", "model")],
    );
    deleteSelection(["step"]).recipe(draft);
    expect(draft.edges.map((one) => [one.source, one.target])).toEqual([["a", "b"]]);
  });

  it("is laid out below its step, which takes the room of both", () => {
    const definition = graph(edge("giver", "step", "model", "model"), edge("plain", "step", "tool", "tools"));
    const laid = layoutGraph(definition, catalogue);
    expect(laid.children?.map((child) => child.id)).toEqual(["step", "other"]);
    expect(laid.edges).toEqual([]);

    const below = ownersOf(definition, new Set(definition.nodes.map((one) => one.id)));
    const size = { width: 224, height: 64 };
    expect(blockSize("step", size, below)).toEqual({ width: 480, height: 208 });
    const places = placesBelow({ step: { x: 0, y: 0 } }, () => size, below);
    expect(places).toEqual({ giver: { x: 0, y: 144 }, plain: { x: 256, y: 144 } });
  });

  it("leaves what follows its step in line with it, and itself where only others are chosen", async () => {
    const start = definitionOf(
      [
        node("a", "plain", {}, 0, 0),
        node("step", "step", {}, 320, 64),
        node("b", "plain", {}, 640, 0),
        node("giver", "giver", {}, 64, 480),
        node("far", "giver", {}, 900, 480),
      ],
      [
        edge("a", "step"),
        edge("step", "b"),
        edge("giver", "step", "model", "model"),
        edge("far", "giver", "model", "model"),
      ],
    );
    const tidied = async (only?: ReadonlySet<string>) =>
      placesFrom(
        (await new ELK().layout(layoutGraph(start, catalogue, only) as never)) as never,
        start,
        catalogue,
        only,
      );

    const all = await tidied();
    expect([all.a?.y, all.step?.y, all.b?.y]).toEqual([0, 0, 0]);
    expect(all.giver).toEqual({ x: all.step?.x, y: 144 });
    expect(all.far).toEqual({ x: all.step?.x, y: 288 });

    expect(Object.keys(await tidied(new Set(["step", "b"]))).sort()).toEqual(["b", "step"]);
    expect(Object.keys(await tidied(new Set(["step", "b", "giver"]))).sort()).toEqual(["b", "giver", "step"]);
    expect(Object.keys(await tidied(new Set(["a", "b", "giver"]))).sort()).toEqual(["a", "b"]);
  });

  it("comes to an end where helpers stand below each other in a circle", () => {
    const definition = graph(edge("plain", "step", "tool", "tools"), edge("step", "plain", "tool", "tools"));
    expect(ownersOf(definition, new Set(["plain", "step"])).owner.size).toBe(1);
  });
});

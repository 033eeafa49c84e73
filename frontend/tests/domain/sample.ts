/** Small definitions, a small catalogue and random commands for tests. */

import fc from "fast-check";
import { catalogueOf } from "@/domain/catalogue";
import {
  addNode,
  applyLayout,
  type Command,
  connect,
  deleteSelection,
  disconnect,
  duplicate,
  insertOnEdge,
  moveNodes,
  reattach,
  renameNode,
  replaceDefinition,
  resizeNode,
  setCredential,
  setDisabled,
  setNodeSettings,
  setNote,
  setParam,
  setPinned,
  setWorkflowSetting,
} from "@/domain/commands";
import type { Definition, NodeType, WorkflowEdge, WorkflowNode } from "@/domain/definition";
import { emptyDefinition } from "@/domain/definition";
import type { MakeId } from "@/domain/ids";
import type { Json, JsonObject } from "@/domain/json";

export function nodeType(kind: string, change: Partial<NodeType> = {}): NodeType {
  return {
    kind,
    version: 1,
    label: kind,
    category: "flow",
    description: "",
    icon: "box",
    color: "#000000",
    is_trigger: false,
    is_custom: false,
    per_item: true,
    effect: "pure",
    default_timeout_s: 30,
    inputs: [{ name: "main", label: "Input", accepts: "items", multiple: true, required: true }],
    outputs: [
      { name: "main", label: "Output", gives: "items", is_error: false },
      { name: "error", label: "Error", gives: "items", is_error: true },
    ],
    output_fields: [],
    params_schema: {},
    fields: [],
    credentials: [],
    dynamic_outputs: null,
    summary: "",
    aliases: [],
    docs: "",
    deprecated: false,
    ...change,
  };
}

const port = (name: string) => ({ name, label: "", gives: "items", is_error: false });

export const catalogue = catalogueOf([
  nodeType("start", { is_trigger: true, inputs: [], outputs: [port("main")] }),
  nodeType("step"),
  nodeType("branch", { outputs: [port("true"), port("false")] }),
  nodeType("cases", {
    outputs: [port("default"), { ...port("error"), is_error: true }],
    dynamic_outputs: { param: "cases", name_field: "name" },
  }),
  nodeType("round", { outputs: [port("loop"), port("done")], loop_handle: "loop" }),
  nodeType("model", { inputs: [], outputs: [{ ...port("model"), gives: "model" }] }),
  nodeType("agent", {
    inputs: [
      { name: "main", label: "", accepts: "items", multiple: true, required: true },
      { name: "model", label: "Model", accepts: "model", multiple: false, required: false },
    ],
  }),
  nodeType("join", {
    inputs: ["input_1", "input_2"].map((name) => ({
      name,
      label: name,
      accepts: "items",
      multiple: true,
      required: true,
    })),
    dynamic_inputs: { param: "number", prefix: "input_", default: 2, min: 2, max: 4 },
  }),
]);

export function node(id: string, type = "step", params: JsonObject = {}, x = 0, y = 0): WorkflowNode {
  return {
    id,
    type,
    position: { x, y },
    data: { label: id.toUpperCase(), version: 1, params, credentials: {}, settings: {} },
  };
}

export function edge(source: string, target: string, sourceHandle = "main", targetHandle = "main"): WorkflowEdge {
  return { id: `${source}.${sourceHandle}-${target}.${targetHandle}`, source, sourceHandle, target, targetHandle };
}

export function definition(nodes: WorkflowNode[], edges: WorkflowEdge[] = []): Definition {
  return { ...emptyDefinition(), nodes, edges };
}

export function counter(): MakeId {
  let count = 0;
  return (prefix) => {
    count += 1;
    return `${prefix}${count}`;
  };
}

export const anyJson: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<Json>("a", "{{ $json.a }}", "{{ $('A').item.json.x }}", "", 1, 0, true, null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c d"), tie("value"), { maxKeys: 3 }),
  ),
})).value;

const KINDS = ["start", "step", "branch", "cases", "round", "note"];
const NAMES = ["A", "B", "C", "D'x", 'E"y'];

export const anyDefinition: fc.Arbitrary<Definition> = fc
  .record({
    kinds: fc.array(fc.constantFrom(...KINDS), { maxLength: 6 }),
    links: fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.constantFrom("main", "true", "error")), { maxLength: 8 }),
    params: fc.array(fc.dictionary(fc.constantFrom("x", "y"), anyJson, { maxKeys: 2 }), { minLength: 6, maxLength: 6 }),
    places: fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 6, maxLength: 6 }),
  })
  .map(({ kinds, links, params, places }) => {
    const nodes = kinds.map((kind, at) =>
      node("abcdef"[at] ?? "", kind, params[at] ?? {}, (places[at]?.[0] ?? 0) * 16, (places[at]?.[1] ?? 0) * 16),
    );
    const edges = new Map<string, WorkflowEdge>();
    for (const [from, to, handle] of links) {
      const [source, target] = [nodes[from], nodes[to]];
      if (!source || !target) continue;
      const made = edge(source.id, target.id, handle);
      edges.set(made.id, made);
    }
    return definition(nodes, [...edges.values()]);
  });

type Draw = (definition: Definition, makeId: MakeId) => Command | null;

const pick = <T>(list: readonly T[], at: number): T | undefined =>
  list.length === 0 ? undefined : list[at % list.length];

/** Any action of the editor, on whatever the definition holds when it is performed. */
export const anyAction: fc.Arbitrary<Draw> = fc
  .tuple(fc.nat(20), fc.nat(30), fc.nat(30), anyJson, fc.nat(40), fc.boolean())
  .map(([which, first, second, value, place, flag]): Draw => {
    const position = { x: place * 16, y: second * 16 };
    return (now, makeId) => {
      const one = pick(now.nodes, first)?.id ?? "none";
      const two = pick(now.nodes, second)?.id ?? "none";
      const line = pick(now.edges, first)?.id ?? "none";
      const kind = { kind: pick(KINDS, second) ?? "step", version: 1, label: pick(NAMES, first) ?? "A" };
      const ends = { source: one, sourceHandle: flag ? "main" : "error", target: two, targetHandle: "main" };
      switch (which) {
        case 0:
          return addNode({ type: kind, position, makeId });
        case 1:
          return addNode({ type: kind, from: { node: one, handle: "main", input: "main" }, makeId });
        case 2:
          return insertOnEdge({ edge: line, node: { type: kind }, makeId });
        case 3:
          return insertOnEdge({ edge: line, node: two, makeId });
        case 4:
          return moveNodes({ [one]: position, [two]: position });
        case 5:
          return deleteSelection([one, two].slice(flag ? 1 : 0), [], flag ? "close" : "leave");
        case 6:
          return connect(ends, makeId);
        case 7:
          return disconnect([line]);
        case 8:
          return reattach(line, ends);
        case 9:
          return setParam(one, flag ? ["x"] : ["x", "a"], first % 3 === 0 ? undefined : value);
        case 10:
          return renameNode(one, pick(NAMES, second) ?? "A");
        case 11:
          return setDisabled([one, two], flag);
        case 12:
          return setPinned({ [one]: flag ? { main: [{ json: { a: value } }] } : null });
        case 13:
          return setNote(one, { text: `note ${second}` });
        case 14:
          return setNodeSettings(one, { timeout_s: flag ? 10 : undefined, on_error: "continue" });
        case 15:
          return setCredential(one, "auth", flag ? "c1" : null);
        case 16:
          return duplicate(now, [one, two], makeId);
        case 17:
          return applyLayout({ [one]: position });
        case 18:
          return resizeNode(one, { ...position, width: 300, height: 200 });
        case 19:
          return setWorkflowSetting("timezone", flag ? "UTC" : undefined);
        default:
          return replaceDefinition({ ...now, nodes: [...now.nodes].reverse(), edges: now.edges.slice(1) }, "Apply");
      }
    };
  });

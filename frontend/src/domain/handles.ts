/** Inputs and outputs of a node from the catalogue and its params, and which two may be connected. */

import type { Catalogue } from "./catalogue";
import { type Definition, NOTE, type NodeType, type ShowIf, type WorkflowEdge, type WorkflowNode } from "./definition";
import { loopHandles, wouldCycle } from "./graph";
import { isJsonObject, type JsonObject, sameJson } from "./json";

export interface Handle {
  name: string;
  label: string;
  /** What goes through: `items`, or what a slot of another node takes. */
  gives: string;
  isError: boolean;
  required: boolean;
  multiple: boolean;
  connected: boolean;
  /** Only an edge names it: the params or the node type do not have it (any more). */
  missing: boolean;
}

export interface Handles {
  inputs: Handle[];
  outputs: Handle[];
}

const LAST = "default"; // the output for what fits no named one stands behind them

function applies(when: ShowIf | undefined, params: JsonObject, type: NodeType): boolean {
  if (when === undefined) return true;
  const value = params[when.field] ?? type.fields.find((field) => field.name === when.field)?.default ?? null;
  return when.in.some((wanted) => sameJson(wanted, value));
}

function namedOutputs(type: NodeType, params: JsonObject): string[] {
  const rule = type.dynamic_outputs;
  const entries = rule === null || !applies(rule.when, params, type) ? undefined : params[rule.param];
  if (rule === null || !Array.isArray(entries)) return [];
  const names = entries.map((entry) => (isJsonObject(entry) ? entry[rule.name_field] : entry));
  return names
    .filter((name) => typeof name === "string" || typeof name === "number")
    .map(String)
    .filter(Boolean);
}

function outputNames(
  type: NodeType,
  params: JsonObject,
): { name: string; label: string; gives: string; isError: boolean }[] {
  const fixed = type.outputs.map((port) => ({
    name: port.name,
    label: port.label || port.name,
    gives: port.gives,
    isError: port.is_error === true,
  }));
  const known = new Set(fixed.map((port) => port.name));
  const named = [...new Set(namedOutputs(type, params))]
    .filter((name) => !known.has(name))
    .map((name) => ({ name, label: name, gives: "items", isError: false }));
  const behind = (port: { name: string; isError: boolean }): boolean => port.isError || port.name === LAST;
  return [...fixed.filter((port) => !behind(port)), ...named, ...fixed.filter(behind)];
}

function inputPorts(type: NodeType, params: JsonObject): NodeType["inputs"] {
  const rule = type.dynamic_inputs;
  const template = type.inputs[0];
  if (!rule || template === undefined) return type.inputs;
  const asked = params[rule.param];
  const fits = typeof asked === "number" && Number.isInteger(asked) && asked >= rule.min && asked <= rule.max;
  const count = fits ? asked : rule.default;
  return Array.from({ length: count }, (_, at) => {
    const name = `${rule.prefix}${at + 1}`;
    return type.inputs.find((port) => port.name === name) ?? { ...template, name, label: `Input ${at + 1}` };
  });
}

function missing(name: string): Handle {
  return {
    name,
    label: name,
    gives: "items",
    isError: false,
    required: false,
    multiple: true,
    connected: true,
    missing: true,
  };
}

/** Return a node's handles; those that only an edge still names come last and say so. */
export function handlesOf(
  node: Pick<WorkflowNode, "id" | "type" | "data">,
  type: NodeType | undefined,
  edges: readonly WorkflowEdge[],
): Handles {
  if (node.type === NOTE) return { inputs: [], outputs: [] };
  const used = {
    inputs: new Set(edges.filter((edge) => edge.target === node.id).map((edge) => edge.targetHandle)),
    outputs: new Set(edges.filter((edge) => edge.source === node.id).map((edge) => edge.sourceHandle)),
  };
  const inputs: Handle[] =
    type === undefined
      ? []
      : inputPorts(type, node.data.params).map((port) => ({
          name: port.name,
          label: port.label || port.name,
          gives: port.accepts,
          isError: false,
          required: port.required,
          multiple: port.multiple,
          connected: used.inputs.has(port.name),
          missing: false,
        }));
  const outputs: Handle[] =
    type === undefined
      ? []
      : outputNames(type, node.data.params).map((port) => ({
          ...port,
          required: false,
          multiple: true,
          connected: used.outputs.has(port.name),
          missing: false,
        }));
  const absent = (names: Set<string>, known: Handle[]): Handle[] =>
    [...names].filter((name) => !known.some((handle) => handle.name === name)).map(missing);
  return {
    inputs: [...inputs, ...absent(used.inputs, inputs)],
    outputs: [...outputs, ...absent(used.outputs, outputs)],
  };
}

export interface HandleRef {
  node: string;
  handle: string;
}

export type Refusal =
  | "node_missing"
  | "handle_missing"
  | "self"
  | "duplicate"
  | "type_mismatch"
  | "input_taken"
  | "cycle";

export type Connectable = { ok: true } | { ok: false; code: Refusal; reason: string };

const refuse = (code: Refusal, reason: string): Connectable => ({ ok: false, code, reason });

/** What a check of many targets shares. */
export interface Connecting {
  definition: Definition;
  catalogue: Catalogue;
  /** An edge that is being re-attached: it does not stand in its own way. */
  replacing?: string;
}

/** Return whether an output may be connected to an input, and in words why not. */
export function canConnect(context: Connecting, from: HandleRef, to: HandleRef): Connectable {
  const { definition, catalogue } = context;
  const edges = definition.edges.filter((edge) => edge.id !== context.replacing);
  const source = definition.nodes.find((node) => node.id === from.node);
  const target = definition.nodes.find((node) => node.id === to.node);
  if (source === undefined || target === undefined) return refuse("node_missing", "This node does not exist any more.");
  const given = handlesOf(source, catalogue.find(source.type, source.data.version), edges);
  const taken = handlesOf(target, catalogue.find(target.type, target.data.version), edges);
  const output = given.outputs.find((handle) => handle.name === from.handle && !handle.missing);
  const input = taken.inputs.find((handle) => handle.name === to.handle && !handle.missing);
  if (output === undefined) return refuse("handle_missing", `${source.data.label} has no output “${from.handle}”.`);
  if (input === undefined) {
    const why = taken.inputs.length === 0 ? "takes no input" : `has no input “${to.handle}”`;
    return refuse("handle_missing", `${target.data.label} ${why}.`);
  }
  const added = { source: from.node, sourceHandle: from.handle, target: to.node };
  const loops = loopHandles(definition, catalogue);
  if (from.node === to.node && loops.get(from.node) !== from.handle) {
    return refuse("self", "A node cannot be connected to itself.");
  }
  const same = (edge: WorkflowEdge): boolean => edge.target === to.node && edge.targetHandle === to.handle;
  if (edges.some((edge) => same(edge) && edge.source === from.node && edge.sourceHandle === from.handle)) {
    return refuse("duplicate", "These two are connected already.");
  }
  if (output.gives !== input.gives) {
    return refuse(
      "type_mismatch",
      `${source.data.label} gives ${output.gives}, but ${target.data.label} takes ${input.gives}.`,
    );
  }
  if (!input.multiple && edges.some(same)) return refuse("input_taken", "This input takes one connection only.");
  if (wouldCycle(edges, loops, added)) return refuse("cycle", "This would make a cycle: use a Loop node.");
  return { ok: true };
}

/** Return the input of a node that a connection dropped on its body takes: the first free one that fits. */
export function firstFreeInput(context: Connecting, from: HandleRef, nodeId: string): string | null {
  const node = context.definition.nodes.find((entry) => entry.id === nodeId);
  if (node === undefined) return null;
  const { inputs } = handlesOf(node, context.catalogue.find(node.type, node.data.version), context.definition.edges);
  const fitting = inputs.filter((input) => canConnect(context, from, { node: nodeId, handle: input.name }).ok);
  return (fitting.find((input) => !input.connected) ?? fitting[0])?.name ?? null;
}

/** Return the output that a new connection from a node starts at: the first that is no error. */
export function firstOutput(handles: Handles, gives = "items"): string | null {
  return handles.outputs.find((handle) => !handle.isError && !handle.missing && handle.gives === gives)?.name ?? null;
}

/** Return the input of a node type that takes what a handle gives; for types that are offered at a handle. */
export function inputFor(type: NodeType, gives: string): string | null {
  return inputPorts(type, {}).find((port) => port.accepts === gives)?.name ?? null;
}

/** Return the output of a node type that gives what an input takes. */
export function outputFor(type: NodeType, accepts: string): string | null {
  return outputNames(type, {}).find((port) => !port.isError && port.gives === accepts)?.name ?? null;
}

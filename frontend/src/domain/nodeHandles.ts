/** Inputs and outputs of a node from the catalogue and its params. */

import { NOTE, type NodeType, type ShowIf, type WorkflowEdge, type WorkflowNode } from "./definition";
import { isJsonObject, type Json, type JsonObject, sameJson } from "./json";

export interface Handle {
  name: string;
  label: string;
  /** What goes through: `items`, or what a slot of another node takes. */
  gives: string;
  isError: boolean;
  /** Shown when wanted: the output by which a step becomes a tool, while nothing uses it. */
  isIdle: boolean;
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

const ITEMS = "items";
const LAST = new Set(["default", "other"]); // outputs for what fits no named one stand behind them

function applies(when: ShowIf | undefined, params: JsonObject, type: NodeType): boolean {
  if (when === undefined) return true;
  return when.in.some((wanted) => sameJson(wanted, given(type, params, when.field)));
}

/** Return a param as it counts: that of the node, else the default of its type. */
function given(type: NodeType, params: JsonObject, name: string): Json {
  return params[name] ?? type.fields.find((field) => field.name === name)?.default ?? null;
}

function namedOutputs(type: NodeType, params: JsonObject): string[] {
  const rule = type.dynamic_outputs;
  const entries = rule === null || !applies(rule.when, params, type) ? null : given(type, params, rule.param);
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
  const behind = (port: { name: string; isError: boolean }): boolean => port.isError || LAST.has(port.name);
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

/** Whether an output waits until it is wanted: the error output, and that by which a step becomes a tool. */
function waits(type: NodeType, port: { gives: string; isError: boolean }): boolean {
  return port.isError || (port.gives !== ITEMS && type.outputs.some((other) => other.gives === ITEMS));
}

/** Return whether a node is no step: it gives something by its type, or is used as a tool. */
export function isHelper(handles: Handles): boolean {
  const given = handles.outputs.filter((handle) => !handle.missing);
  return given.some((handle) => handle.gives !== ITEMS && !handle.isIdle);
}

function missing(name: string): Handle {
  return {
    name,
    label: name,
    gives: "items",
    isError: false,
    isIdle: false,
    required: false,
    multiple: true,
    connected: true,
    missing: true,
  };
}

interface Used {
  inputs: Set<string>;
  outputs: Set<string>;
}

/** Which handles the edges use, by node: made once where the handles of many nodes are asked for. */
export type UsedHandles = ReadonlyMap<string, Used>;

export function usedHandles(edges: readonly WorkflowEdge[]): UsedHandles {
  const found = new Map<string, Used>();
  const of = (id: string): Used => {
    const known = found.get(id) ?? { inputs: new Set(), outputs: new Set() };
    found.set(id, known);
    return known;
  };
  for (const edge of edges) {
    of(edge.source).outputs.add(edge.sourceHandle);
    of(edge.target).inputs.add(edge.targetHandle);
  }
  return found;
}

const NONE_USED: Used = { inputs: new Set(), outputs: new Set() };

/** Return a node's handles; those that only an edge still names come last and say so. */
export function handlesOf(
  node: Pick<WorkflowNode, "id" | "type" | "data">,
  type: NodeType | undefined,
  edges: readonly WorkflowEdge[] | UsedHandles,
): Handles {
  if (node.type === NOTE) return { inputs: [], outputs: [] };
  const used = ("get" in edges ? edges : usedHandles(edges)).get(node.id) ?? NONE_USED;
  const inputs: Handle[] =
    type === undefined
      ? []
      : inputPorts(type, node.data.params).map((port) => ({
          name: port.name,
          label: port.label || port.name,
          gives: port.accepts,
          isError: false,
          isIdle: false,
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
          isIdle: waits(type, port) && !used.outputs.has(port.name),
          required: false,
          multiple: true,
          connected: used.outputs.has(port.name),
          missing: false,
        }));
  const absent = (names: Set<string>, known: Handle[]): Handle[] =>
    [...names].filter((name) => !known.some((handle) => handle.name === name)).map(missing);
  const all = {
    inputs: [...inputs, ...absent(used.inputs, inputs)],
    outputs: [...outputs, ...absent(used.outputs, outputs)],
  };
  return isHelper(all) ? withoutFlow(all) : all;
}

/** A helper has no items: of its inputs and outputs for them only those are left that an edge still uses. */
function withoutFlow({ inputs, outputs }: Handles): Handles {
  const left = (list: Handle[]): Handle[] =>
    list
      .filter((handle) => handle.gives !== ITEMS || handle.connected)
      .map((handle) => (handle.gives === ITEMS ? { ...handle, missing: true } : handle));
  return { inputs: left(inputs), outputs: left(outputs) };
}

/** Return the output that a new connection from a node starts at: the first that is no error. */
export function firstOutput(handles: Handles, gives = "items"): string | null {
  return handles.outputs.find((handle) => !handle.isError && !handle.missing && handle.gives === gives)?.name ?? null;
}

/** Return what a handle of a node is called; one that nothing is known of has its name. */
export function handleLabel(
  node: WorkflowNode | undefined,
  type: NodeType | undefined,
  side: "inputs" | "outputs",
  name: string,
): string {
  const found = node && handlesOf(node, type, [])[side].find((handle) => handle.name === name);
  return found?.label || name.replaceAll("_", " ");
}

/** Return the input of a node type that takes what a handle gives; for types that are offered at a handle. */
export function inputFor(type: NodeType, gives: string): string | null {
  return inputPorts(type, {}).find((port) => port.accepts === gives)?.name ?? null;
}

/** Return the output of a node type that gives what an input takes. */
export function outputFor(type: NodeType, accepts: string): string | null {
  return outputNames(type, {}).find((port) => !port.isError && port.gives === accepts)?.name ?? null;
}

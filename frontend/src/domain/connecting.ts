/** Which output may be connected to which input, and in words why not. */

import type { Catalogue } from "./catalogue";
import { copy } from "./copy";
import { type Definition, isBeside, type WorkflowEdge, type WorkflowNode } from "./definition";
import { loopHandles, upstreamOf, wouldCycle } from "./graph";
import { type Handles, handlesOf, usedHandles } from "./nodeHandles";

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
  | "in_flow"
  | "input_taken"
  | "cycle";

export type Connectable = { ok: true } | { ok: false; code: Refusal; reason: string };

const ITEMS = "items";
const refuse = (code: Refusal, reason: string): Connectable => ({ ok: false, code, reason });

/** What a check of many targets shares. */
export interface Connecting {
  definition: Definition;
  catalogue: Catalogue;
  /** An edge that is being re-attached: it does not stand in its own way. */
  replacing?: string;
}

/** Return a check of one output against any input; what all checks share is worked out once. */
export function connectionsFrom(context: Connecting, from: HandleRef): (to: HandleRef) => Connectable {
  const { definition, catalogue } = context;
  const edges = definition.edges.filter((edge) => edge.id !== context.replacing);
  const used = usedHandles(edges);
  const nodes = new Map(definition.nodes.map((node) => [node.id, node]));
  const loops = loopHandles(definition, catalogue);
  const upstream = upstreamOf({ edges }, [from.node]);
  const source = nodes.get(from.node);
  const handles = (node: WorkflowNode): Handles => handlesOf(node, catalogue.find(node.type, node.data.version), used);
  const output = source && handles(source).outputs.find((handle) => handle.name === from.handle && !handle.missing);
  return (to) => {
    const target = nodes.get(to.node);
    if (source === undefined || target === undefined) return refuse("node_missing", copy.nodeGone);
    if (output === undefined) return refuse("handle_missing", copy.noOutput(source.data.label, from.handle));
    const { inputs } = handles(target);
    const input = inputs.find((handle) => handle.name === to.handle && !handle.missing);
    if (input === undefined) {
      const { label } = target.data;
      return refuse("handle_missing", inputs.length === 0 ? copy.noInputs(label) : copy.noInput(label, to.handle));
    }
    if (from.node === to.node && loops.get(from.node) !== from.handle) {
      return refuse("self", copy.self);
    }
    const same = (edge: WorkflowEdge): boolean => edge.target === to.node && edge.targetHandle === to.handle;
    const arriving = input.connected ? edges.filter(same) : [];
    if (arriving.some((edge) => edge.source === from.node && edge.sourceHandle === from.handle)) {
      return refuse("duplicate", copy.duplicate);
    }
    if (output.gives !== input.gives) {
      const why = copy.mismatch(source.data.label, output.gives, target.data.label, input.gives);
      return refuse("type_mismatch", why);
    }
    // A step whose tool output is used is no step any more: its other connections would lead nowhere.
    const flows = (edge: WorkflowEdge): boolean =>
      (edge.source === from.node || edge.target === from.node) && !isBeside(edge);
    if (output.gives !== ITEMS && output.isIdle && edges.some(flows)) {
      return refuse("in_flow", copy.inFlow(source.data.label));
    }
    if (!input.multiple && arriving.length > 0) return refuse("input_taken", copy.taken);
    const added = { source: from.node, sourceHandle: from.handle, target: to.node };
    // Only what leads to the source can close a cycle; most does not.
    const closes = upstream.has(to.node) && wouldCycle(edges, loops, added);
    return closes ? refuse("cycle", copy.cycle) : { ok: true };
  };
}

/** Return whether an output may be connected to an input, and in words why not. */
export function canConnect(context: Connecting, from: HandleRef, to: HandleRef): Connectable {
  return connectionsFrom(context, from)(to);
}

/** Return the input of a node that a connection dropped on its body takes: the first free one that fits. */
export function firstFreeInput(context: Connecting, from: HandleRef, nodeId: string): string | null {
  const node = context.definition.nodes.find((entry) => entry.id === nodeId);
  if (node === undefined) return null;
  const { inputs } = handlesOf(node, context.catalogue.find(node.type, node.data.version), context.definition.edges);
  const allows = connectionsFrom(context, from);
  const fitting = inputs.filter((input) => allows({ node: nodeId, handle: input.name }).ok);
  return (fitting.find((input) => !input.connected) ?? fitting[0])?.name ?? null;
}

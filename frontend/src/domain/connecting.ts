/** Which output may be connected to which input, and in words why not. */

import type { Catalogue } from "./catalogue";
import type { Definition, WorkflowEdge, WorkflowNode } from "./definition";
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
    if (source === undefined || target === undefined)
      return refuse("node_missing", "This node does not exist any more.");
    if (output === undefined) return refuse("handle_missing", `${source.data.label} has no output “${from.handle}”.`);
    const { inputs } = handles(target);
    const input = inputs.find((handle) => handle.name === to.handle && !handle.missing);
    if (input === undefined) {
      const why = inputs.length === 0 ? "takes no input" : `has no input “${to.handle}”`;
      return refuse("handle_missing", `${target.data.label} ${why}.`);
    }
    if (from.node === to.node && loops.get(from.node) !== from.handle) {
      return refuse("self", "A node cannot be connected to itself.");
    }
    const same = (edge: WorkflowEdge): boolean => edge.target === to.node && edge.targetHandle === to.handle;
    const arriving = input.connected ? edges.filter(same) : [];
    if (arriving.some((edge) => edge.source === from.node && edge.sourceHandle === from.handle)) {
      return refuse("duplicate", "These two are connected already.");
    }
    if (output.gives !== input.gives) {
      const [gives, takes] = [
        `${source.data.label} gives ${output.gives}`,
        `${target.data.label} takes ${input.gives}`,
      ];
      return refuse("type_mismatch", `${gives}, but ${takes}.`);
    }
    if (!input.multiple && arriving.length > 0) return refuse("input_taken", "This input takes one connection only.");
    const added = { source: from.node, sourceHandle: from.handle, target: to.node };
    // Only what leads to the source can close a cycle; most does not.
    const closes = upstream.has(to.node) && wouldCycle(edges, loops, added);
    return closes ? refuse("cycle", "This would make a cycle: use a Loop node.") : { ok: true };
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

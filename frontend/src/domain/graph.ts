/** Questions about the graph: what lies up and down, loop bodies, cycles, order. */

import type { Catalogue } from "./catalogue";
import type { Definition, WorkflowEdge, WorkflowNode } from "./definition";

type Ends = Pick<WorkflowEdge, "source" | "sourceHandle" | "target">;

function reach(edges: readonly Ends[], from: Iterable<string>, forward: boolean, stop?: string): Set<string> {
  const next = new Map<string, string[]>();
  for (const edge of edges) {
    const [start, end] = forward ? [edge.source, edge.target] : [edge.target, edge.source];
    const known = next.get(start);
    if (known === undefined) next.set(start, [end]);
    else known.push(end);
  }
  const seen = new Set<string>();
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (id !== stop) open.push(...(next.get(id) ?? []));
  }
  return seen;
}

/** Return the nodes that can be reached from some, these included. */
export function downstreamOf(definition: Pick<Definition, "edges">, ids: Iterable<string>): Set<string> {
  return reach(definition.edges, ids, true);
}

/** Return the nodes that lead to some, these included. */
export function upstreamOf(definition: Pick<Definition, "edges">, ids: Iterable<string>): Set<string> {
  return reach(definition.edges, ids, false);
}

/** Return the loop handle of each loop node. */
export function loopHandles(definition: Pick<Definition, "nodes">, catalogue: Catalogue): Map<string, string> {
  const found = new Map<string, string>();
  for (const node of definition.nodes) {
    const handle = catalogue.find(node.type, node.data.version)?.loop_handle;
    if (handle) found.set(node.id, handle);
  }
  return found;
}

/** Return the nodes that a loop's own handle leads to, the loop left out. */
export function bodyOf(edges: readonly Ends[], loop: string, handle: string): Set<string> {
  const starts = edges
    .filter((edge) => edge.source === loop && edge.sourceHandle === handle)
    .map((edge) => edge.target);
  const body = reach(edges, starts, true, loop);
  body.delete(loop);
  return body;
}

/** Whether an edge brings a loop's body back to it. */
export function returnsToLoop(edges: readonly Ends[], loops: ReadonlyMap<string, string>, edge: Ends): boolean {
  const handle = loops.get(edge.target);
  if (handle === undefined) return false;
  if (edge.source === edge.target) return edge.sourceHandle === handle;
  return bodyOf(edges, edge.target, handle).has(edge.source);
}

/** Whether one more edge would close a cycle that is no loop. */
export function wouldCycle(edges: readonly Ends[], loops: ReadonlyMap<string, string>, added: Ends): boolean {
  // Most are told at once: the target leads nowhere near the source.
  if (!reach(edges, [added.target], true).has(added.source)) return false;
  const all = [...edges, added];
  if (returnsToLoop(all, loops, added)) return false;
  const forward = edges.filter((edge) => !returnsToLoop(all, loops, edge));
  return reach(forward, [added.target], true).has(added.source);
}

/** Return the ids of all nodes, each after those that lead to it; what is in a cycle keeps its order. */
export function topological(
  definition: Pick<Definition, "nodes" | "edges">,
  loops: ReadonlyMap<string, string>,
): string[] {
  const forward = definition.edges.filter((edge) => !returnsToLoop(definition.edges, loops, edge));
  const missing = new Map(definition.nodes.map((node) => [node.id, 0]));
  const next = new Map<string, string[]>();
  for (const edge of forward) {
    const count = missing.get(edge.target);
    if (count === undefined || !missing.has(edge.source)) continue;
    missing.set(edge.target, count + 1);
    next.set(edge.source, [...(next.get(edge.source) ?? []), edge.target]);
  }
  const order: string[] = [];
  const open = definition.nodes.filter((node) => missing.get(node.id) === 0).map((node) => node.id);
  for (let at = 0; at < open.length; at += 1) {
    const id = open[at] ?? "";
    order.push(id);
    for (const target of next.get(id) ?? []) {
      const left = (missing.get(target) ?? 0) - 1;
      missing.set(target, left);
      if (left === 0) open.push(target);
    }
  }
  const placed = new Set(order);
  return [...order, ...definition.nodes.map((node) => node.id).filter((id) => !placed.has(id))];
}

/**
 * Returns a way to list nodes that gives the same array again while no node, kind or name is another one. Params change
 * at each key; what asks for names alone is then spared.
 */
export function createNodeList(): (nodes: readonly WorkflowNode[]) => readonly WorkflowNode[] {
  let given: readonly WorkflowNode[] = [];
  let listed = given;
  return (nodes) => {
    if (
      nodes !== given &&
      (nodes.length !== listed.length || !nodes.every((node, at) => isNamedAs(node, listed[at])))
    ) {
      listed = nodes;
    }
    given = nodes;
    return listed;
  };
}

function isNamedAs(node: WorkflowNode, other: WorkflowNode | undefined): boolean {
  if (node === other) return true;
  if (node.id !== other?.id || node.type !== other.type) return false;
  return node.data.label === other.data.label && node.data.version === other.data.version;
}

/**
 * Three-way merge of a definition: base, mine, theirs; per node, per param, per edge.
 *
 * What one side alone changed is taken. What both changed differently is a conflict: both values are listed and mine
 * stands until somebody chooses. A node deleted by one side and changed by the other is kept, and listed.
 */

import { copy } from "./copy";
import type { Definition, WorkflowEdge, WorkflowNode } from "./definition";
import { edgeKey } from "./diff";
import { isObject, sameJson } from "./json";

export interface Conflict {
  /** The node, or null for the workflow's settings. */
  node: string | null;
  /** Path of the field in the node or the settings; empty where the node itself was deleted by one side. */
  path: string[];
  label: string;
  base: unknown;
  mine: unknown;
  theirs: unknown;
}

export function conflictKey({ node, path }: Pick<Conflict, "node" | "path">): string {
  return JSON.stringify([node, path]);
}

export interface Merged {
  definition: Definition;
  conflicts: Conflict[];
  /** Ids of nodes that came or changed with their side. */
  fromTheirs: string[];
}

export type Choice = "mine" | "theirs";

interface Context {
  node: string | null;
  label: string;
  conflicts: Conflict[];
}

/** Of these, the last write wins without a question: they are how the canvas looks, not what it does. */
function quiet(path: readonly string[]): boolean {
  return ["position", "width", "height", "measured", "selected", "dragging"].includes(path[0] ?? "");
}

function mergedValue(base: unknown, mine: unknown, theirs: unknown, path: string[], context: Context): unknown {
  if (sameJson(mine, theirs) || sameJson(base, theirs)) return mine;
  if (sameJson(base, mine)) return theirs;
  if (quiet(path)) return mine;
  if (isObject(mine) && isObject(theirs) && (isObject(base) || base === undefined)) {
    const old: Record<string, unknown> = isObject(base) ? base : {};
    const keys = new Set([...Object.keys(mine), ...Object.keys(theirs)]);
    const entries = [...keys].flatMap((key): [string, unknown][] => {
      const own = (value: Record<string, unknown>): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
      const value = mergedValue(own(old), own(mine), own(theirs), [...path, key], context);
      return value === undefined ? [] : [[key, value]];
    });
    return Object.fromEntries(entries);
  }
  context.conflicts.push({ node: context.node, path, label: context.label, base, mine, theirs });
  // Deleted here, changed there: what exists is kept, so that nothing is lost before somebody chose.
  return mine === undefined ? theirs : mine;
}

type ById = Map<string, WorkflowNode>;

function mergedNode(base: ById, mine: ById, theirs: ById, id: string, conflicts: Conflict[]): WorkflowNode | null {
  const [old, here, there] = [base.get(id), mine.get(id), theirs.get(id)];
  if (here !== undefined && there !== undefined) {
    const context = { node: id, label: here.data.label, conflicts };
    // Merging two nodes key by key gives a node: both have each of its members.
    return mergedValue(old, here, there, [], context) as WorkflowNode;
  }
  const kept = here ?? there;
  if (kept === undefined || old === undefined) return kept ?? null; // gone on both sides, or new on one
  const untouched = sameJson({ ...old, position: null }, { ...kept, position: null });
  if (untouched) return null; // the other side deleted what nobody changed
  const label = kept.data.label;
  conflicts.push({ node: id, path: [], label, base: old, mine: here ?? null, theirs: there ?? null });
  return kept;
}

/** Return entries in my order, theirs behind the one that they follow on their side. */
function ordered<T>(mine: readonly T[], theirs: readonly T[], key: (entry: T) => string): string[] {
  const order = mine.map(key);
  const known = new Set(order);
  let previous: string | null = null;
  for (const entry of theirs) {
    const id = key(entry);
    if (!known.has(id)) {
      known.add(id);
      order.splice(previous === null ? 0 : order.indexOf(previous) + 1, 0, id);
    }
    previous = id;
  }
  return order;
}

function mergedEdges(
  base: Definition,
  mine: Definition,
  theirs: Definition,
  nodes: ReadonlySet<string>,
): WorkflowEdge[] {
  const index = (definition: Definition) => new Map(definition.edges.map((edge) => [edgeKey(edge), edge]));
  const [old, here, there] = [index(base), index(mine), index(theirs)];
  const ids = new Set<string>();
  return ordered(mine.edges, theirs.edges, edgeKey).flatMap((key): WorkflowEdge[] => {
    const edge = here.get(key) ?? there.get(key);
    const deleted = old.has(key) && !(here.has(key) && there.has(key));
    if (edge === undefined || deleted || !nodes.has(edge.source) || !nodes.has(edge.target)) return [];
    let id = edge.id;
    for (let number = 2; ids.has(id); number += 1) id = `${edge.id}_${number}`; // both sides led one edge elsewhere
    ids.add(id);
    return [id === edge.id ? edge : { ...edge, id }];
  });
}

export function mergeDefinitions(base: Definition, mine: Definition, theirs: Definition): Merged {
  const conflicts: Conflict[] = [];
  const index = (definition: Definition): ById => new Map(definition.nodes.map((node) => [node.id, node]));
  const [old, here, there] = [index(base), index(mine), index(theirs)];
  const nodes = ordered(mine.nodes, theirs.nodes, (node) => node.id).flatMap((id) => {
    const node = mergedNode(old, here, there, id, conflicts);
    return node === null ? [] : [node];
  });
  const kept = new Set(nodes.map((node) => node.id));
  const whole = (part: "settings" | "pinned_data", label: string): unknown =>
    mergedValue(base[part], mine[part], theirs[part], [part], { node: null, label, conflicts });
  const definition: Definition = {
    nodes,
    edges: mergedEdges(base, mine, theirs, kept),
    viewport: mine.viewport,
    // Both merge objects of one shape into an object of that shape.
    settings: whole("settings", copy.settings) as Definition["settings"],
    pinned_data: whole("pinned_data", copy.pinnedData) as Definition["pinned_data"],
  };
  const fromTheirs = nodes.filter((node) => !sameJson(node, here.get(node.id))).map((node) => node.id);
  return { definition, conflicts, fromTheirs };
}

function put(value: unknown, path: readonly string[], next: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return next;
  const source: Record<string, unknown> = isObject(value) ? value : {};
  const inner = put(source[key], rest, next);
  const others = Object.entries(source).filter(([name]) => name !== key);
  if (inner === undefined) return Object.fromEntries(others);
  return Object.hasOwn(source, key) ? { ...source, [key]: inner } : Object.fromEntries([...others, [key, inner]]);
}

/** Return the merged definition with a conflict decided. */
export function resolveConflict(definition: Definition, conflict: Conflict, choice: Choice): Definition {
  const value = conflict[choice];
  // In all cases the value stood at this very path on one side, so shapes stay what they were.
  if (conflict.node === null) return put(definition, conflict.path, value) as Definition;
  if (conflict.path.length === 0) {
    const others = definition.nodes.filter((node) => node.id !== conflict.node);
    if (value === null || value === undefined) {
      const edges = definition.edges.filter((edge) => edge.source !== conflict.node && edge.target !== conflict.node);
      return { ...definition, nodes: others, edges };
    }
    const exists = others.length < definition.nodes.length;
    const node = value as WorkflowNode;
    const nodes = exists ? definition.nodes.map((entry) => (entry.id === node.id ? node : entry)) : [...others, node];
    return { ...definition, nodes };
  }
  const nodes = definition.nodes.map((node) =>
    node.id === conflict.node ? (put(node, conflict.path, value) as WorkflowNode) : node,
  );
  return { ...definition, nodes };
}

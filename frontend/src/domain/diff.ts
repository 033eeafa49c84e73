/** What differs between two definitions: nodes, edges, settings. Moves do not count. */

import { copy } from "./copy";
import { type Definition, NOTE, type WorkflowEdge, type WorkflowNode } from "./definition";
import { isObject, sameJson } from "./json";

export interface FieldChange {
  /** A path in the node's `data`, or `type`. */
  field: string;
  before: unknown;
  after: unknown;
}

export interface NodeChange {
  id: string;
  label: string;
  type: string;
  changes: FieldChange[];
}

export interface DefinitionDiff {
  nodes: { added: WorkflowNode[]; removed: WorkflowNode[]; changed: NodeChange[] };
  edges: { added: WorkflowEdge[]; removed: WorkflowEdge[] };
  settings: FieldChange[];
  isEmpty: boolean;
}

/** Return the changes between two values, field by field; objects are entered, lists are not. */
export function fieldChanges(before: unknown, after: unknown, field = ""): FieldChange[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => fieldChanges(before[key], after[key], field === "" ? key : `${field}.${key}`));
  }
  return sameJson(before, after) ? [] : [{ field, before, after }];
}

function meaning(node: WorkflowNode): Record<string, unknown> {
  const { label, version, params, credentials, settings, tool_description = "" } = node.data;
  const filled = Object.fromEntries(Object.entries(credentials).filter(([, id]) => id));
  return { type: node.type, label, version, params, credentials: filled, settings, tool_description };
}

/** Return what makes an edge the same edge: its ends, not its id. */
export function edgeKey(edge: WorkflowEdge): string {
  return JSON.stringify([edge.source, edge.sourceHandle, edge.target, edge.targetHandle]);
}

export function diffDefinitions(before: Definition, after: Definition): DefinitionDiff {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const now = new Map(after.nodes.map((node) => [node.id, node]));
  const oldEdges = new Set(before.edges.map(edgeKey));
  const newEdges = new Set(after.edges.map(edgeKey));
  const changed = after.nodes.flatMap((node): NodeChange[] => {
    const known = old.get(node.id);
    if (known === undefined) return [];
    const changes = fieldChanges(meaning(known), meaning(node));
    const label = node.data.label || (node.type === NOTE ? copy.note : node.id);
    return changes.length === 0 ? [] : [{ id: node.id, label, type: node.type, changes }];
  });
  const nodes = {
    added: after.nodes.filter((node) => !old.has(node.id)),
    removed: before.nodes.filter((node) => !now.has(node.id)),
    changed,
  };
  const edges = {
    added: after.edges.filter((edge) => !oldEdges.has(edgeKey(edge))),
    removed: before.edges.filter((edge) => !newEdges.has(edgeKey(edge))),
  };
  const settings = fieldChanges(before.settings, after.settings);
  const isEmpty = [nodes.added, nodes.removed, changed, edges.added, edges.removed, settings].every(
    (list) => list.length === 0,
  );
  return { nodes, edges, settings, isEmpty };
}

/** Reading a definition that came from outside: shapes checked, gaps filled, unknown members kept. */

import type { Definition, Item, WorkflowEdge, WorkflowNode } from "./definition";
import { isObject, type Json, sameJson } from "./json";

const MAIN = "main";

export function emptyDefinition(): Definition {
  return { nodes: [], edges: [], viewport: { x: 0, y: 0, zoom: 1 }, settings: {}, pinned_data: {} };
}

function text(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}

function finite(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}

function record<T>(value: unknown): Record<string, T> {
  // What the server sends, or a stored draft that came from it: its members have the shapes of the contract.
  return (isObject(value) ? value : {}) as Record<string, T>;
}

function readNode(raw: unknown): WorkflowNode | null {
  if (!isObject(raw) || typeof raw.id !== "string" || typeof raw.type !== "string") return null;
  const data = record<unknown>(raw.data);
  const position = record<unknown>(raw.position);
  return {
    ...raw,
    id: raw.id,
    type: raw.type,
    position: { x: finite(position.x, 0), y: finite(position.y, 0) },
    data: {
      ...data,
      label: typeof data.label === "string" ? data.label : "",
      version: finite(data.version, 1),
      params: record<Json>(data.params),
      credentials: record<string | null>(data.credentials),
      settings: record<never>(data.settings),
    },
  };
}

function readEdge(raw: unknown, at: number): WorkflowEdge | null {
  if (!isObject(raw) || typeof raw.source !== "string" || typeof raw.target !== "string") return null;
  const sourceHandle = text(raw.sourceHandle, MAIN);
  const targetHandle = text(raw.targetHandle, MAIN);
  return {
    ...raw,
    id: text(raw.id, `e${at}:${raw.source}:${sourceHandle}:${raw.target}:${targetHandle}`),
    source: raw.source,
    sourceHandle,
    target: raw.target,
    targetHandle,
  };
}

/** Read a definition or a workflow; fills what was left out and keeps members it does not know. */
export function readDefinition(raw: unknown): Definition {
  const source = record<unknown>(raw);
  const viewport = record<unknown>(source.viewport);
  const nodes = Array.isArray(source.nodes) ? source.nodes.map(readNode) : [];
  const edges = Array.isArray(source.edges) ? source.edges.map(readEdge) : [];
  return {
    nodes: nodes.filter((node) => node !== null),
    edges: edges.filter((edge) => edge !== null),
    viewport: { x: finite(viewport.x, 0), y: finite(viewport.y, 0), zoom: finite(viewport.zoom, 1) },
    settings: record<Json>(source.settings),
    pinned_data: record<Record<string, Item[]>>(source.pinned_data),
  };
}

/** By a node's id: the members of its data that it came without. */
export type Lacking = ReadonlyMap<string, readonly string[]>;

const FILLED: Readonly<Record<string, Json>> = { label: "", version: 1, params: {}, credentials: {}, settings: {} };

/** Return what the nodes of a definition, or of a workflow, lack that reading it fills. */
export function lackingIn(raw: unknown): Lacking {
  const { nodes } = record<unknown>(raw);
  const lacking = new Map<string, readonly string[]>();
  for (const node of Array.isArray(nodes) ? nodes.map(record<unknown>) : []) {
    const data = record<unknown>(node.data);
    const names = Object.keys(FILLED).filter((name) => !Object.hasOwn(data, name));
    if (typeof node.id === "string" && names.length > 0) lacking.set(node.id, names);
  }
  return lacking;
}

/** Return nodes as they are written: what they came without, and nobody gave a value, stays away. */
export function asGiven(nodes: readonly WorkflowNode[], lacking: Lacking): unknown[] {
  return nodes.map((node) => {
    const names = lacking.get(node.id)?.filter((name) => sameJson(node.data[name], FILLED[name])) ?? [];
    if (names.length === 0) return node;
    const data = Object.entries(node.data).filter(([name]) => !names.includes(name));
    return { ...node, data: Object.fromEntries(data) };
  });
}

/** n8n's workflow files: nodes, edges and notes. What a node does there stays as data in a placeholder. */

import type { Definition, WorkflowEdge, WorkflowNode } from "./definition";
import { ERROR, emptyDefinition, MAIN, NOTE } from "./definition";
import { uniqueLabel } from "./ids";
import { isObject, type Json, type JsonObject } from "./json";

const STICKY = "n8n-nodes-base.stickyNote";
const PREFIX = "n8n:";

interface N8nDocument {
  nodes: Record<string, unknown>[];
  connections: Record<string, unknown>;
}

/** Return the workflow in a document that n8n exported or copied; null for anything else. */
export function looksLikeN8n(document: unknown): N8nDocument | null {
  const first = Array.isArray(document) ? document[0] : document;
  const inner = isObject(first) && isObject(first.workflow) ? first.workflow : first;
  if (!isObject(inner) || inner.heddle !== undefined || !Array.isArray(inner.nodes)) return null;
  const nodes = inner.nodes.filter(isObject);
  const named = nodes.every(
    (node) => typeof node.name === "string" && typeof node.type === "string" && Array.isArray(node.position),
  );
  if (!named || nodes.length === 0 || !(isObject(inner.connections) || nodes.some((node) => "parameters" in node))) {
    return null;
  }
  return { nodes, connections: isObject(inner.connections) ? inner.connections : {} };
}

function plain(value: unknown): JsonObject {
  // It was parsed from JSON a moment ago.
  return isObject(value) ? (value as JsonObject) : {};
}

function number(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}

function nodeOf(raw: Record<string, unknown>, id: string, label: string): WorkflowNode {
  const place = Array.isArray(raw.position) ? raw.position : [];
  const position = { x: number(place[0], 0), y: number(place[1], 0) };
  const parameters = plain(raw.parameters);
  if (raw.type === STICKY) {
    const text = typeof parameters.content === "string" ? parameters.content : "";
    const size = { width: number(parameters.width, 240), height: number(parameters.height, 160) };
    const data = { label: "", version: 1, params: { text }, credentials: {}, settings: {} };
    return { id, type: NOTE, position, ...size, data };
  }
  const { id: _id, position: _position, parameters: _parameters, disabled, ...rest } = raw;
  return {
    id,
    type: `${PREFIX}${String(raw.type)}`.slice(0, 100),
    position,
    data: {
      label,
      version: 1,
      params: parameters,
      credentials: {},
      settings: disabled === true ? { disabled: true } : {},
      imported: { source: "n8n", ...rest },
    },
  };
}

function outputName(raw: Record<string, unknown> | undefined, index: number, last: boolean): string {
  const failing = raw?.onError === "continueErrorOutput";
  if (index > 0 && last && failing) return ERROR;
  return index === 0 ? MAIN : `output_${index + 1}`;
}

/** Return n8n's nodes, edges and notes; kinds are marked as n8n's, params are not translated. */
export function fromN8n(document: N8nDocument): Definition {
  const ids = new Map<string, string>();
  const raws = new Map<string, Record<string, unknown>>();
  const taken = new Set<string>();
  const nodes = document.nodes.map((raw, at) => {
    const name = String(raw.name);
    const label = raw.type === STICKY ? "" : uniqueLabel(name, taken);
    if (label !== "") taken.add(label);
    const id = `n${at + 1}`;
    if (!ids.has(name)) {
      ids.set(name, id);
      raws.set(name, raw);
    }
    return nodeOf(raw, id, label);
  });
  const edges: WorkflowEdge[] = [];
  for (const [name, kinds] of Object.entries(document.connections)) {
    for (const [kind, outputs] of Object.entries(plain(kinds))) {
      if (!Array.isArray(outputs)) continue;
      outputs.forEach((targets: Json, index) => {
        for (const target of Array.isArray(targets) ? targets : []) {
          const source = ids.get(name);
          const to = isObject(target) ? ids.get(String(target.node)) : undefined;
          if (source === undefined || to === undefined || !isObject(target)) continue;
          const last = index === outputs.length - 1;
          const input = number(target.index, 0);
          edges.push({
            id: `e${edges.length + 1}`,
            source,
            sourceHandle: kind === MAIN ? outputName(raws.get(name), index, last) : kind,
            target: to,
            targetHandle: kind !== MAIN ? kind : input === 0 ? MAIN : `input_${input + 1}`,
          });
        }
      });
    }
  }
  return { ...emptyDefinition(), nodes, edges };
}

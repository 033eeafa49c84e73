/** What copying writes and pasting reads: `{"heddle": 1, "nodes": […], "edges": […]}` as plain text. */

import {
  type Definition,
  MAX_NODES,
  NOTE,
  type PinnedData,
  type Point,
  type WorkflowEdge,
  type WorkflowNode,
} from "./definition";
import { jsonText, parseJson } from "./exactJson";
import { renameReferences } from "./expression";
import { freshIds, labelsOf, type MakeId, uniqueLabel } from "./ids";
import { hasForbiddenKey, isObject, mapStrings } from "./json";
import { looksLikeN8n } from "./n8n";
import { readPlaced, withoutHeap } from "./placing";

export const MAX_CLIP_BYTES = 5 * 1024 * 1024;
const MAX_DEPTH = 100;

export interface Clip {
  nodes: WorkflowNode[];
  edges: WorkflowEdge[];
  pinned_data: PinnedData;
}

/** Which credentials survive: all, within one workflow, or those in a set. */
export type CredentialPolicy = "all" | ReadonlySet<string>;

export type ClipProblem = "not_ours" | "too_large" | "too_many_nodes" | "too_deep" | "forbidden_key" | "foreign_export";

export type ClipReading =
  | { ok: true; source: "heddle"; clip: Clip }
  /** The server makes nodes of it: one who translates, for files and for what is pasted. */
  | { ok: true; source: "n8n"; document: unknown }
  | { ok: false; problem: ClipProblem; source?: "dify" | "langflow" };

/** Return what copying some nodes takes along: the nodes, the edges between them, their pins. */
export function clipOf(definition: Definition, ids: Iterable<string>): Clip {
  const chosen = new Set(ids);
  return {
    nodes: definition.nodes.filter((node) => chosen.has(node.id)),
    edges: definition.edges.filter((edge) => chosen.has(edge.source) && chosen.has(edge.target)),
    pinned_data: Object.fromEntries(Object.entries(definition.pinned_data).filter(([id]) => chosen.has(id))),
  };
}

export function writeClip(clip: Clip): string {
  const pins = Object.keys(clip.pinned_data).length > 0 ? { pinned_data: clip.pinned_data } : {};
  return jsonText({ heddle: 1, nodes: clip.nodes, edges: clip.edges, ...pins }, 2);
}

function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    level = level.flatMap((entry) => (Array.isArray(entry) ? entry : isObject(entry) ? Object.values(entry) : []));
  }
  return level.length > 0;
}

function parsed(text: string): unknown {
  const fenced = text.trim().match(/^```[a-z]*\s*\n([\s\S]*?)\n?```$/i);
  try {
    return parseJson(fenced?.[1] ?? text);
  } catch {
    return undefined;
  }
}

function foreign(document: Record<string, unknown>): "dify" | "langflow" | null {
  if (document.kind === "app" && isObject(document.workflow)) return "dify";
  const data = document.data;
  return isObject(data) && Array.isArray(data.nodes) && Array.isArray(data.edges) ? "langflow" : null;
}

/** Read pasted text. Raises nothing: text that is no workflow is `not_ours`, and goes its usual way. */
export function readClip(text: string): ClipReading {
  if (!/[{[`]/.test(text.trimStart()[0] ?? "")) return { ok: false, problem: "not_ours" };
  if (text.length > MAX_CLIP_BYTES || new TextEncoder().encode(text).length > MAX_CLIP_BYTES) {
    return { ok: false, problem: "too_large" };
  }
  const document = parsed(text);
  if (document === undefined) return { ok: false, problem: "not_ours" };
  if (tooDeep(document)) return { ok: false, problem: "too_deep" };
  const n8n = looksLikeN8n(document);
  const ours = isObject(document) && document.heddle === 1 && Array.isArray(document.nodes);
  if (!ours && !n8n) {
    const source = isObject(document) ? foreign(document) : null;
    return source === null ? { ok: false, problem: "not_ours" } : { ok: false, problem: "foreign_export", source };
  }
  if (hasForbiddenKey(document)) return { ok: false, problem: "forbidden_key" };
  if (n8n) return { ok: true, source: "n8n", document };
  const clip = clipFrom(document);
  if (clip.nodes.length > MAX_NODES) return { ok: false, problem: "too_many_nodes" };
  if (clip.nodes.length === 0) return { ok: false, problem: "not_ours" };
  return { ok: true, source: "heddle", clip };
}

/** Return the nodes, edges and pins of a workflow as something to paste. */
export function clipFrom(workflow: unknown): Clip {
  const { nodes, edges, pinned_data } = withoutHeap(readPlaced(workflow));
  return tidied({ nodes, edges, pinned_data });
}

/** Drop edges that lead out of the clip, and nodes and edges whose id stood before. */
function tidied(clip: Clip): Clip {
  const ids = new Set<string>();
  const nodes = clip.nodes.filter((node) => !ids.has(node.id) && ids.add(node.id));
  const known = new Set<string>();
  const edges = clip.edges.filter(
    (edge) => ids.has(edge.source) && ids.has(edge.target) && !known.has(edge.id) && known.add(edge.id),
  );
  return { nodes, edges, pinned_data: clip.pinned_data };
}

function keptCredentials(node: WorkflowNode, policy: CredentialPolicy): Record<string, string | null> {
  if (policy === "all") return { ...node.data.credentials };
  return Object.fromEntries(
    Object.entries(node.data.credentials).filter(([, id]) => typeof id === "string" && policy.has(id)),
  );
}

/** Rewrite references in one text from old labels to new ones, none of them twice. */
function rewritten(text: string, labels: ReadonlyMap<string, string>): string {
  let made = text;
  // By way of names that nobody gives: one label's new name may be another one's old.
  const changed = [...labels].filter(([from, to]) => from !== to);
  changed.forEach(([from], at) => {
    made = renameReferences(made, from, `\u0001${at}\u0001`).text;
  });
  changed.forEach(([, to], at) => {
    made = renameReferences(made, `\u0001${at}\u0001`, to).text;
  });
  return made;
}

/** Return a clip as it enters a definition: new ids, labels that are free, inner references and pins rewritten. */
export function planted(
  clip: Clip,
  definition: Definition,
  offset: Point,
  credentials: CredentialPolicy,
  make?: MakeId,
): Clip {
  const newId = freshIds(definition, make);
  const taken = labelsOf(definition);
  const ids = new Map<string, string>();
  const labels = new Map<string, string>();
  const named = clip.nodes.map((node) => {
    ids.set(node.id, newId("n"));
    const wanted = node.data.label;
    const label = node.type === NOTE && wanted === "" ? "" : uniqueLabel(wanted || node.type, taken);
    if (label !== "") taken.add(label);
    if (wanted !== "" && !labels.has(wanted)) labels.set(wanted, label);
    return label;
  });
  const nodes = clip.nodes.map((node, at): WorkflowNode => {
    const { selected: _selected, dragging: _dragging, ...kept } = node;
    return {
      ...kept,
      id: ids.get(node.id) ?? node.id,
      position: { x: node.position.x + offset.x, y: node.position.y + offset.y },
      data: {
        ...node.data,
        label: named[at] ?? "",
        // Strings alone were mapped: params stay an object.
        params: mapStrings(node.data.params, (text) => rewritten(text, labels)) as WorkflowNode["data"]["params"],
        credentials: keptCredentials(node, credentials),
      },
    };
  });
  const edges = clip.edges.flatMap((edge) => {
    const [source, target] = [ids.get(edge.source), ids.get(edge.target)];
    return source === undefined || target === undefined ? [] : [{ ...edge, id: newId("e"), source, target }];
  });
  const pins = Object.entries(clip.pinned_data).flatMap(([id, pin]) => {
    const now = ids.get(id);
    return now === undefined ? [] : [[now, pin] as const];
  });
  return { nodes, edges, pinned_data: Object.fromEntries(pins) };
}

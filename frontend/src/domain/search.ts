/** Searching node types, nodes and anything with a name: prefix before word before letters in order. */

import type { Category, Definition, NodeType, WorkflowNode } from "./definition";
import { stringsIn } from "./json";

export interface Searchable {
  /** Texts by weight: a hit in an earlier one counts more. */
  texts: readonly string[];
}

/** Return how well a text fits, 0 for not at all. */
export function score(text: string, query: string): number {
  const [inside, wanted] = [fold(text), fold(query)];
  if (wanted === "") return 1;
  if (inside === wanted) return 100;
  if (inside.startsWith(wanted)) return 80;
  const words = inside.split(/[^\p{L}\p{N}]+/u);
  if (words.some((word) => word.startsWith(wanted))) return 60;
  const parts = wanted.split(/\s+/);
  if (parts.length > 1 && parts.every((part) => words.some((word) => word.startsWith(part)))) return 55;
  if (inside.includes(wanted)) return 40;
  return wanted.length >= 2 ? lettersInOrder(inside, wanted) : 0;
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

/** Letters in order, and not too far apart; at most 20. */
function lettersInOrder(inside: string, wanted: string): number {
  let at = -1;
  let start = -1;
  for (const letter of wanted.replace(/\s+/g, "")) {
    at = inside.indexOf(letter, at + 1);
    if (at < 0) return 0;
    if (start < 0) start = at;
  }
  const spread = at - start + 1;
  return spread > wanted.length * 3 ? 0 : Math.max(1, Math.round((20 * wanted.length) / spread));
}

function best(texts: readonly string[], query: string, weight = 1): number {
  return texts.reduce((most, text) => Math.max(most, score(text, query) * weight), 0);
}

export interface PaletteFilter {
  /** Only types that take what a handle gives. */
  accepts?: string;
  /** Only types that give what a handle takes. */
  gives?: string;
  categories?: readonly Category[];
  /** Kinds used before, the newest first. */
  recent?: readonly string[];
}

/** Why a type does not fit: it starts workflows, takes nothing of what is given, or gives nothing of what is taken. */
export type Misfit = "trigger" | "takes" | "gives";

function misfitOf(type: NodeType, filter: PaletteFilter): Misfit | null {
  const takes = filter.accepts === undefined || type.inputs.some((port) => port.accepts === filter.accepts);
  if (!takes) return type.is_trigger ? "trigger" : "takes";
  const outputs = type.outputs.filter((port) => port.is_error !== true);
  const named = type.dynamic_outputs !== null && filter.gives === "items";
  return filter.gives === undefined || named || outputs.some((port) => port.gives === filter.gives) ? null : "gives";
}

function typeScore(type: NodeType, query: string, category: string): number {
  const named = Math.max(
    best([type.label], query),
    best([type.kind.replaceAll("_", " "), ...type.aliases], query, 0.75),
  );
  // Letters in order are for names: in a sentence they are always found.
  const said = Math.max(score(category, query), score(type.description, query));
  return Math.max(named, said > 20 ? said * 0.4 : 0);
}

/** Return the node types that fit, best first; those used before stand first among equals. */
export function searchTypes(types: readonly NodeType[], query: string, filter: PaletteFilter = {}): NodeType[] {
  const labels = new Map(filter.categories?.map((category) => [category.slug, category.label]));
  const rank = new Map(filter.recent?.map((kind, at) => [kind, at]));
  const most = rank.size;
  return types
    .filter((type) => !type.deprecated && misfitOf(type, filter) === null)
    .map((type) => ({ type, fit: typeScore(type, query.trim(), labels.get(type.category) ?? type.category) }))
    .filter(({ fit }) => fit > 0)
    .sort(
      (one, other) =>
        other.fit - one.fit ||
        (rank.get(one.type.kind) ?? most) - (rank.get(other.type.kind) ?? most) ||
        one.type.label.localeCompare(other.type.label),
    )
    .map(({ type }) => type);
}

/** Return the node types that would be found and do not fit, best first, each with the reason. */
export function searchMisfits(
  types: readonly NodeType[],
  query: string,
  filter: PaletteFilter,
): { type: NodeType; reason: Misfit }[] {
  const { accepts: _accepts, gives: _gives, ...anywhere } = filter;
  return searchTypes(types, query, anywhere).flatMap((type) => {
    const reason = misfitOf(type, filter);
    return reason === null ? [] : [{ type, reason }];
  });
}

/** Return entries that fit, best first, in their own order among equals. */
export function searchEntries<T>(entries: readonly T[], query: string, texts: (entry: T) => readonly string[]): T[] {
  return entries
    .map((entry, at) => ({
      entry,
      at,
      fit: texts(entry).reduce((most, text, depth) => Math.max(most, score(text, query) / (1 + depth / 10)), 0),
    }))
    .filter(({ fit }) => fit > 0)
    .sort((one, other) => other.fit - one.fit || one.at - other.at)
    .map(({ entry }) => entry);
}

export interface NodeHit {
  id: string;
  /** Where the text was found, and a piece of it. */
  where: "label" | "kind" | "params" | "note";
  excerpt: string;
}

function excerpt(text: string, query: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(query.toLowerCase()));
  const start = Math.max(0, at - 20);
  const piece = text.slice(start, at + query.length + 40).replace(/\s+/g, " ");
  return `${start > 0 ? "…" : ""}${piece}${text.length > at + query.length + 40 ? "…" : ""}`;
}

function hitIn(node: WorkflowNode, query: string, kindLabel: string): NodeHit | null {
  const holds = (text: string): boolean => text.toLowerCase().includes(query.toLowerCase());
  const made = (where: NodeHit["where"], text: string): NodeHit => ({
    id: node.id,
    where,
    excerpt: excerpt(text, query),
  });
  if (holds(node.data.label)) return made("label", node.data.label);
  for (const text of stringsIn(node.data.params))
    if (holds(text)) return made(node.type === "note" ? "note" : "params", text);
  const kind = [kindLabel, node.type].find(holds);
  return kind === undefined ? null : made("kind", kind);
}

/** Return the nodes with a text in their label, kind, params or note, in canvas order. */
export function findInNodes(
  definition: Definition,
  query: string,
  kindLabel: (node: WorkflowNode) => string,
): NodeHit[] {
  const wanted = query.trim();
  if (wanted === "") return [];
  const hits = definition.nodes.flatMap((node) => {
    const hit = hitIn(node, wanted, kindLabel(node));
    return hit === null ? [] : [{ hit, ...node.position }];
  });
  return hits.sort((one, other) => one.x - other.x || one.y - other.y).map(({ hit }) => hit);
}

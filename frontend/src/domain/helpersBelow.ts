/** Helpers stand in a row below the step whose slots they fill. */

import { type Definition, isBeside, type Point } from "./definition";
import { GRID, NODE_GAP, NODE_HEIGHT, NODE_WIDTH, type Size, snap } from "./geometry";

const STEP = NODE_WIDTH + 2 * GRID;
const DOWN = NODE_GAP + NODE_HEIGHT;

/** Whom each helper stands below, and who stands below each node. */
export interface Below {
  readonly owner: ReadonlyMap<string, string>;
  readonly of: ReadonlyMap<string, readonly string[]>;
}

/** Return whom helpers stand below, among some nodes: of several steps, below the first. */
export function ownersOf({ edges }: Pick<Definition, "edges">, among: ReadonlySet<string>): Below {
  const owner = new Map<string, string>();
  const of = new Map<string, string[]>();
  for (const edge of edges) {
    if (!isBeside(edge) || owner.has(edge.source) || edge.source === edge.target) continue;
    if (!among.has(edge.source) || !among.has(edge.target) || isAbove(owner, edge.source, edge.target)) continue;
    owner.set(edge.source, edge.target);
    of.set(edge.target, [...(of.get(edge.target) ?? []), edge.source]);
  }
  return { owner, of };
}

/** Return the step in whose place a helper works, of several the first; a step itself. */
export function stepOf(edges: Definition["edges"], id: string): string {
  const seen = new Set([id]);
  for (let at = id; ; ) {
    const next = edges.find((edge) => edge.source === at && isBeside(edge))?.target;
    if (next === undefined || seen.has(next)) return at;
    seen.add(next);
    at = next;
  }
}

/** Whether a node stands above another one already, so that it cannot come below it. */
function isAbove(owner: ReadonlyMap<string, string>, id: string, other: string): boolean {
  for (let at: string | undefined = other; at !== undefined; at = owner.get(at)) if (at === id) return true;
  return false;
}

/** Return how many helpers stand side by side at the most below a node, those below them counted too. */
function columns(id: string, below: Below): number {
  return Math.max(
    1,
    (below.of.get(id) ?? []).reduce((sum, helper) => sum + columns(helper, below), 0),
  );
}

function levels(id: string, below: Below): number {
  return (below.of.get(id) ?? []).reduce((most, helper) => Math.max(most, 1 + levels(helper, below)), 0);
}

/** Return the room that a node takes with what stands below it. */
export function blockSize(id: string, size: Size, below: Below): Size {
  const across = columns(id, below) * STEP - 2 * GRID;
  return { width: Math.max(size.width, across), height: size.height + levels(id, below) * DOWN };
}

/** Return the places of all helpers whose step has one. */
export function placesBelow(
  places: Readonly<Record<string, Point>>,
  sizeOf: (id: string) => Size,
  below: Below,
): Record<string, Point> {
  const made: Record<string, Point> = {};
  const put = (id: string, at: Point): void => {
    let x = at.x;
    const y = snap(at.y + sizeOf(id).height + NODE_GAP);
    for (const helper of below.of.get(id) ?? []) {
      made[helper] = { x, y };
      put(helper, { x, y });
      x = snap(x + columns(helper, below) * STEP);
    }
  };
  for (const [id, at] of Object.entries(places)) if (!below.owner.has(id)) put(id, at);
  return made;
}

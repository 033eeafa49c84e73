/** Places for nodes that come without: as a workflow posted to the API may, or one that another program wrote. */

import { type Definition, NOTE, type Point, readDefinition, type WorkflowEdge, type WorkflowNode } from "./definition";
import { NODE_GAP, placeAfter, pushedDown, type Rect, roughSize, type Size, snap } from "./geometry";
import { topological } from "./graph";
import { isObject } from "./json";

type Places = Readonly<Record<string, Point>>;
type End = "source" | "target";

const NONE: ReadonlyMap<string, Point> = new Map();

function hasPlace(raw: unknown): boolean {
  const position = isObject(raw) && isObject(raw.position) ? raw.position : {};
  return Number.isFinite(position.x) && Number.isFinite(position.y);
}

/** Return the nodes that all stand in one place, notes there too; none where any node but a note stands elsewhere. */
export function heapOf({ nodes }: Pick<Definition, "nodes">): ReadonlySet<string> {
  const [first, ...rest] = nodes.filter((node) => node.type !== NOTE).map((node) => node.position);
  const isAt = (place: Point): boolean => place.x === first?.x && place.y === first.y;
  if (first === undefined || rest.length === 0 || !rest.every(isAt)) return new Set();
  return new Set(nodes.filter((node) => isAt(node.position)).map((node) => node.id));
}

/** Return the nodes of a definition, or of a workflow, that have no place of their own: none is given, or one for all. */
export function unplacedIn(raw: unknown): ReadonlySet<string> {
  return unplacedOf(raw, readDefinition(raw));
}

function unplacedOf(raw: unknown, definition: Definition): ReadonlySet<string> {
  const nodes = isObject(raw) && Array.isArray(raw.nodes) ? raw.nodes : [];
  const without = nodes.flatMap((node) =>
    isObject(node) && typeof node.id === "string" && !hasPlace(node) ? node.id : [],
  );
  return without.length > 0 ? new Set(without) : heapOf(definition);
}

/**
 * Read a definition, or a workflow. A node without a place gets the known one, else one beside its neighbours; where no
 * node has any they stay in a heap, to be laid out as a whole.
 */
export function readPlaced(raw: unknown, known: ReadonlyMap<string, Point> = NONE): Definition {
  const definition = readDefinition(raw);
  const unplaced = unplacedOf(raw, definition);
  if (unplaced.size === 0) return definition;
  const found = Object.fromEntries([...known].filter(([id]) => unplaced.has(id)));
  const placed = withPlaces(definition, found);
  const rest = new Set([...unplaced].filter((id) => !known.has(id)));
  const isHeap = definition.nodes.every((node) => node.type === NOTE || rest.has(node.id));
  return isHeap ? placed : withPlaces(placed, besideNeighbours(placed, rest));
}

/** Return the definition with nodes at other places; what stays where it is keeps its identity. */
export function withPlaces(definition: Definition, places: Places): Definition {
  const moved = (node: WorkflowNode): boolean => {
    const place = Object.hasOwn(places, node.id) ? places[node.id] : undefined;
    return place !== undefined && (place.x !== node.position.x || place.y !== node.position.y);
  };
  if (!definition.nodes.some(moved)) return definition;
  const nodes = definition.nodes.map((node) => {
    const place = moved(node) ? places[node.id] : undefined;
    return place === undefined ? node : { ...node, position: { x: place.x, y: place.y } };
  });
  return { ...definition, nodes };
}

/** Return the definition with a heap spread out along its connections, where no layout can be waited for. */
export function withoutHeap(definition: Definition): Definition {
  return withPlaces(definition, besideNeighbours(definition, heapOf(definition)));
}

/** Return places for some nodes so that they overlap nothing: behind what leads to them, before what they lead to, else below all. */
export function besideNeighbours(definition: Definition, ids: ReadonlySet<string>): Record<string, Point> {
  const { nodes, edges } = definition;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [before, behind] = [neighboursOf(edges, "target", "source"), neighboursOf(edges, "source", "target")];
  const rects = new Map<string, Rect>();
  const all: Rect[] = [];
  const put = (node: WorkflowNode, place: Point, size: Size): void => {
    const rect = { ...place, ...size };
    rects.set(node.id, rect);
    all.push(rect);
  };
  const sizes = sizesOf(definition);
  const sizeFor = (id: string): Size => sizes.get(id) ?? { width: 0, height: 0 };
  for (const node of nodes) if (!ids.has(node.id)) put(node, node.position, sizeFor(node.id));
  const lowest = new Map<string, number>();
  const order = topological(definition, new Map()).flatMap((id) => (ids.has(id) ? (byId.get(id) ?? []) : []));
  const [notes, others] = [order.filter((node) => node.type === NOTE), order.filter((node) => node.type !== NOTE)];
  for (const node of [...others, ...notes]) {
    const size = sizeFor(node.id);
    const source = before.get(node.id)?.find((id) => rects.has(id));
    const target = behind.get(node.id)?.find((id) => rects.has(id));
    const [from, to] = [rects.get(source ?? ""), rects.get(target ?? "")];
    if (from === undefined && to === undefined) put(node, belowAll(all), size);
    else {
      const wanted = from ? placeAfter(from, size, []) : placeBefore(to as Rect, size);
      // Many beside one node: each begins where the one before ended.
      const beside = from ? `>${source}` : `<${target}`;
      const place = pushedDown({ ...wanted, y: Math.max(wanted.y, lowest.get(beside) ?? wanted.y), ...size }, all);
      put(node, place, size);
      lowest.set(beside, place.y + size.height);
    }
  }
  return Object.fromEntries(order.map(({ id }) => [id, pointOf(rects.get(id) as Rect)]));
}

const pointOf = ({ x, y }: Rect): Point => ({ x, y });

function placeBefore(target: Rect, size: Size): Point {
  return { x: snap(target.x - NODE_GAP - size.width), y: snap(target.y + (target.height - size.height) / 2) };
}

function belowAll(rects: readonly Rect[]): Point {
  let [x, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const rect of rects) [x, bottom] = [Math.min(x, rect.x), Math.max(bottom, rect.y + rect.height)];
  return rects.length === 0 ? { x: 0, y: 0 } : { x: snap(x), y: snap(bottom + NODE_GAP) };
}

function neighboursOf(edges: readonly WorkflowEdge[], end: End, other: End): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const edge of edges) {
    const known = found.get(edge[end]);
    if (known === undefined) found.set(edge[end], [edge[other]]);
    else known.push(edge[other]);
  }
  return found;
}

/** Return each node's size as far as its edges tell. */
function sizesOf({ nodes, edges }: Definition): ReadonlyMap<string, Size> {
  const around = new Map<string, WorkflowEdge[]>();
  for (const edge of edges) {
    for (const id of new Set([edge.source, edge.target])) {
      const known = around.get(id);
      if (known === undefined) around.set(id, [edge]);
      else known.push(edge);
    }
  }
  return new Map(nodes.map((node) => [node.id, roughSize(node, around.get(node.id) ?? [])]));
}

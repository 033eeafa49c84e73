/** A definition as a graph for the layout library, and the places that come back. */

import type { Catalogue } from "./catalogue";
import { type Definition, NOTE, type Point, type WorkflowNode } from "./definition";
import { boundsOf, GRID, type Rect, type Size, sizeOf, snap } from "./geometry";
import { loopHandles, returnsToLoop } from "./graph";
import { blockSize, ownersOf, placesBelow } from "./helpersBelow";
import { handlesOf, type UsedHandles, usedHandles } from "./nodeHandles";

export interface ElkPort {
  id: string;
  width: number;
  height: number;
  x: number;
  y: number;
  layoutOptions: Record<string, string>;
}

export interface ElkNode {
  id: string;
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  ports?: ElkPort[];
  children?: ElkNode[];
  edges?: ElkEdge[];
  layoutOptions?: Record<string, string>;
}

export interface ElkEdge {
  id: string;
  sources: string[];
  targets: string[];
}

/** `NETWORK_SIMPLEX` takes 10 s at 200 nodes and overflows its stack at 500. */
export const LAYOUT_OPTIONS: Record<string, string> = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
  "elk.layered.crossingMinimization.forceNodeModelOrder": "false",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.spacing.nodeNodeBetweenLayers": "80",
  "elk.spacing.nodeNode": "48",
  "elk.spacing.componentComponent": "96",
  "elk.separateConnectedComponents": "true",
  "elk.layered.cycleBreaking.strategy": "DEPTH_FIRST",
};

const portId = (node: string, side: "in" | "out", handle: string): string => JSON.stringify([node, side, handle]);

type Side = "in" | "out";

/** Handles stand on the node itself, also where its block reaches far below it. */
function portsOf(node: WorkflowNode, own: Size, block: Size, names: string[], side: Side): ElkPort[] {
  const step = own.height / (names.length + 1);
  return names.map((name, at) => ({
    id: portId(node.id, side, name),
    width: 1,
    height: 1,
    x: side === "in" ? 0 : block.width,
    y: step * (at + 1),
    layoutOptions: { "elk.port.side": side === "in" ? "WEST" : "EAST" },
  }));
}

function idsOf(definition: Definition): Set<string> {
  return new Set(definition.nodes.map((node) => node.id));
}

/** Return the graph to lay out: all nodes but notes, or those of a selection, with their ports in fixed order. */
export function layoutGraph(definition: Definition, catalogue: Catalogue, only?: ReadonlySet<string>): ElkNode {
  // A helper stands below its step, wherever that comes to stand: the step takes the room of those that move with it.
  // One that is chosen without its step stays.
  const { owner } = ownersOf(definition, idsOf(definition));
  const below = ownersOf(definition, only ?? idsOf(definition));
  const nodes = definition.nodes.filter(
    ({ id, type }) => type !== NOTE && !owner.has(id) && (only === undefined || only.has(id)),
  );
  const ids = new Set(nodes.map((node) => node.id));
  const loops = loopHandles(definition, catalogue);
  // Edges back to a loop would pull its body to the left of it.
  const edges = definition.edges.filter(
    (edge) => ids.has(edge.source) && ids.has(edge.target) && !returnsToLoop(definition.edges, loops, edge),
  );
  const used = usedHandles(definition.edges);
  const children = nodes.map((node): ElkNode => {
    const handles = handlesOf(node, catalogue.find(node.type, node.data.version), used);
    const own = sizeOf(node, handles);
    const block = blockSize(node.id, own, below);
    const flows = handles.inputs.filter((handle) => handle.gives === "items");
    const outputs = handles.outputs.filter((handle) => !handle.isIdle);
    const names = (list: { name: string }[]): string[] => list.map((handle) => handle.name);
    return {
      id: node.id,
      width: block.width,
      height: block.height,
      ports: [...portsOf(node, own, block, names(flows), "in"), ...portsOf(node, own, block, names(outputs), "out")],
      layoutOptions: { "elk.portConstraints": "FIXED_POS" },
    };
  });
  return {
    id: "root",
    layoutOptions: LAYOUT_OPTIONS,
    children,
    edges: edges.map((edge) => ({
      id: edge.id,
      sources: [portId(edge.source, "out", edge.sourceHandle)],
      targets: [portId(edge.target, "in", edge.targetHandle)],
    })),
  };
}

function rectOf(node: WorkflowNode, catalogue: Catalogue, used: UsedHandles): Rect {
  const handles = handlesOf(node, catalogue.find(node.type, node.data.version), used);
  return { ...node.position, ...sizeOf(node, handles) };
}

function sizeOfId(definition: Definition, catalogue: Catalogue, used: UsedHandles, id: string): Rect {
  const node = definition.nodes.find((entry) => entry.id === id);
  return node === undefined ? { x: 0, y: 0, width: 0, height: 0 } : rectOf(node, catalogue, used);
}

function centre(rect: Rect): Point {
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
}

/** Return the node that a note belongs to: the nearest one. */
function ownerOf(note: Rect, rects: ReadonlyMap<string, Rect>): string | null {
  const at = centre(note);
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [id, rect] of rects) {
    const other = centre(rect);
    const distance = Math.hypot(at.x - other.x, at.y - other.y);
    if (distance < least) [best, least] = [id, distance];
  }
  return best;
}

/**
 * Return places by id from a graph that was laid out: snapped, with the old upper left corner; helpers that were to move
 * stand below their step, notes move with their node.
 */
export function placesFrom(
  laidOut: ElkNode,
  definition: Definition,
  catalogue: Catalogue,
  only?: ReadonlySet<string>,
): Record<string, Point> {
  const used = usedHandles(definition.edges);
  const placed = (laidOut.children ?? []).filter((child) => child.x !== undefined && child.y !== undefined);
  const chosen = new Set(placed.map((child) => child.id));
  const old = new Map(
    definition.nodes.filter((node) => chosen.has(node.id)).map((node) => [node.id, rectOf(node, catalogue, used)]),
  );
  const all = allRects(definition, catalogue, used);
  const before = boundsOf([...old.values()]);
  const after = boundsOf(placed.map((child) => ({ x: child.x ?? 0, y: child.y ?? 0, width: 0, height: 0 })));
  if (before === null || after === null) return {};
  const shift = { x: snap(before.x, GRID) - after.x, y: snap(before.y, GRID) - after.y };
  const places: Record<string, Point> = Object.create(null);
  for (const child of placed)
    places[child.id] = { x: snap((child.x ?? 0) + shift.x), y: snap((child.y ?? 0) + shift.y) };
  const below = ownersOf(definition, only ?? idsOf(definition));
  Object.assign(
    places,
    placesBelow(places, (id) => sizeOfId(definition, catalogue, used, id), below),
  );
  for (const note of definition.nodes.filter((node) => node.type === NOTE)) {
    const owner = ownerOf(rectOf(note, catalogue, used), all);
    const [from, to] = [owner === null ? undefined : all.get(owner), owner === null ? undefined : places[owner]];
    if (from !== undefined && to !== undefined) {
      places[note.id] = { x: note.position.x + to.x - from.x, y: note.position.y + to.y - from.y };
    }
  }
  return { ...places };
}

function allRects(definition: Definition, catalogue: Catalogue, used: UsedHandles): Map<string, Rect> {
  const nodes = definition.nodes.filter((node) => node.type !== NOTE);
  return new Map(nodes.map((node) => [node.id, rectOf(node, catalogue, used)]));
}

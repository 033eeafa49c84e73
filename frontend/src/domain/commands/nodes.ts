/** Adding, inserting, moving, deleting, disabling and pinning nodes. */

import { type Definition, type Item, isBeside, type Point } from "../definition";
import { NODE_GAP, placeAfter, placeBelow, pushedDown, type Rect, roughRects, roughSize, snapPoint } from "../geometry";
import { freshIds, type MakeId } from "../ids";
import { type Command, nodeIn } from "./command";
import { copy } from "./copy";
import { made, type NewNode, rectOf } from "./newNode";

export interface AddNode extends NewNode {
  /** Where it was dropped; without a place it stands behind `from`, or below all others. */
  position?: Point;
  /** The output it is connected to, and by which input. */
  from?: { node: string; handle: string; input: string };
  /** The input it is connected to, and by which output. */
  to?: { node: string; handle: string; output: string; isBeside?: boolean };
  snapped?: boolean;
  makeId?: MakeId;
}

/** Add a node, connected where `from` or `to` says so. */
export function addNode(wanted: AddNode): Command {
  return {
    name: "add_node",
    label: copy.add(wanted.label ?? wanted.type.label),
    recipe(draft) {
      const newId = freshIds(draft, wanted.makeId);
      const rects = roughRects(draft.nodes, draft.edges);
      const source = draft.nodes.find((node) => node.id === wanted.from?.node);
      const target = draft.nodes.find((node) => node.id === wanted.to?.node);
      const node = made(draft, wanted, newId("n"), { x: 0, y: 0 });
      const size = roughSize(node, []);
      if (wanted.position) node.position = wanted.snapped === false ? wanted.position : snapPoint(wanted.position);
      else if (source) node.position = placeAfter(rectOf(draft, source), size, rects);
      else if (target && wanted.to?.isBeside) node.position = placeBelow(rectOf(draft, target), size, rects);
      else if (target) {
        const { x, y } = target.position;
        node.position = pushedDown({ x: x - NODE_GAP - size.width, y, ...size }, rects);
      } else node.position = pushedDown({ x: 0, y: 0, ...size }, rects);
      draft.nodes.push(node);
      if (source && wanted.from) {
        const { handle, input } = wanted.from;
        draft.edges.push({
          id: newId("e"),
          source: source.id,
          sourceHandle: handle,
          target: node.id,
          targetHandle: input,
        });
      }
      if (target && wanted.to) {
        const { handle, output } = wanted.to;
        draft.edges.push({
          id: newId("e"),
          source: node.id,
          sourceHandle: output,
          target: target.id,
          targetHandle: handle,
        });
      }
      return { created: [node.id], label: copy.add(node.data.label) };
    },
  };
}

/** Put nodes somewhere. The same nodes moved again within a moment are one step. */
export function moveNodes(places: Readonly<Record<string, Point>>): Command {
  const ids = Object.keys(places).sort();
  return {
    name: "move",
    label: copy.move(ids.length),
    joinKey: `move:${ids.join(",")}`,
    recipe(draft) {
      for (const id of ids) {
        const [node, place] = [nodeIn(draft, id), places[id]];
        if (!node || !place) continue;
        if (place.x !== node.position.x || place.y !== node.position.y) node.position = { x: place.x, y: place.y };
      }
      return undefined;
    },
  };
}

/** Give a note another size, and the place that dragging its edge gave it. */
export function resizeNode(id: string, rect: Rect): Command {
  return {
    name: "resize",
    label: copy.resizeNote,
    joinKey: `resize:${id}`,
    recipe(draft) {
      const node = nodeIn(draft, id);
      if (node === undefined) return undefined;
      node.position = { x: rect.x, y: rect.y };
      node.width = rect.width;
      node.height = rect.height;
      return undefined;
    },
  };
}

/** Take a node with one way in and one way out away, and lead the way in on to where the way out led. */
function closeGap(draft: Definition, id: string): void {
  const into = draft.edges.filter((edge) => edge.target === id && !isBeside(edge));
  const out = draft.edges.filter((edge) => edge.source === id && !isBeside(edge));
  const [before, after] = [into[0], out[0]];
  if (into.length !== 1 || out.length !== 1 || before === undefined || after === undefined) return;
  if (before.source === after.target || before.source === id) return;
  const doubled = draft.edges.some(
    (edge) =>
      edge.source === before.source &&
      edge.sourceHandle === before.sourceHandle &&
      edge.target === after.target &&
      edge.targetHandle === after.targetHandle,
  );
  if (doubled) return;
  // The edge at the target lives on: its place decides in which order items arrive there.
  after.source = before.source;
  after.sourceHandle = before.sourceHandle;
}

/** Delete nodes and edges; edges of deleted nodes go too, and gaps close unless told otherwise. */
export function deleteSelection(
  nodes: readonly string[],
  edges: readonly string[] = [],
  gaps: "close" | "leave" = "close",
): Command {
  return {
    name: "delete",
    label: nodes.length > 0 ? copy.removeNodes(nodes.length) : copy.disconnect(edges.length),
    recipe(draft) {
      const gone = new Set(nodes);
      draft.edges = draft.edges.filter((edge) => !edges.includes(edge.id));
      for (const id of nodes) {
        if (gaps === "close") closeGap(draft, id);
        draft.edges = draft.edges.filter((edge) => edge.source !== id && edge.target !== id);
        delete draft.pinned_data[id];
      }
      draft.nodes = draft.nodes.filter((node) => !gone.has(node.id));
      return undefined;
    },
  };
}

export function setDisabled(ids: readonly string[], disabled: boolean): Command {
  return {
    name: "disable",
    label: disabled ? copy.disable(ids.length) : copy.enable(ids.length),
    recipe(draft) {
      for (const id of ids) {
        const node = nodeIn(draft, id);
        if (node === undefined || (node.data.settings.disabled ?? false) === disabled) continue;
        if (disabled) node.data.settings.disabled = true;
        else delete node.data.settings.disabled;
      }
      return undefined;
    },
  };
}

/** Freeze outputs by node and handle; null lets them go. */
export function setPinned(pins: Readonly<Record<string, Record<string, Item[]> | null>>): Command {
  const ids = Object.keys(pins);
  const pinning = Object.values(pins).some((pin) => pin !== null);
  return {
    name: "pin",
    label: pinning ? copy.pin(ids.length) : copy.unpin(ids.length),
    recipe(draft) {
      for (const [id, pin] of Object.entries(pins)) {
        if (pin === null) delete draft.pinned_data[id];
        else draft.pinned_data[id] = pin;
      }
      return undefined;
    },
  };
}

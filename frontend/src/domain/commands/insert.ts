/** Putting a node into an edge. */

import { type Definition, MAIN, type WorkflowEdge, type WorkflowNode } from "../definition";
import { GRID, NODE_GAP, roughSize, snapPoint } from "../geometry";
import { downstreamOf } from "../graph";
import { freshIds, type MakeId } from "../ids";
import type { Command, CommandInfo } from "./command";
import { copy } from "./copy";
import { made, type NewNode, rectOf } from "./newNode";

export interface InsertNode {
  edge: string;
  /** A new node, or the id of one that was dropped on the edge. */
  node: NewNode | string;
  input?: string;
  output?: string;
  makeId?: MakeId;
}

/** Move what lies behind an edge aside, as far as the inserted node needs. */
function makeRoom(draft: Definition, source: WorkflowNode, target: WorkflowNode, inserted: WorkflowNode): void {
  const from = rectOf(draft, source);
  const size = roughSize(inserted, draft.edges);
  const x = from.x + from.width + NODE_GAP;
  const room = Math.ceil((x + size.width + NODE_GAP - target.position.x) / GRID) * GRID;
  inserted.position = snapPoint({ x, y: target.position.x > from.x ? target.position.y : from.y });
  if (room <= 0 || target.position.x <= from.x) return; // behind already, or an edge that leads back
  const behind = downstreamOf(draft, [target.id]);
  for (const node of draft.nodes) {
    const moves = node.id !== source.id && node.id !== inserted.id && behind.has(node.id);
    if (moves && node.position.x >= target.position.x) node.position = { ...node.position, x: node.position.x + room };
  }
}

/** Put a node into an edge. The edge keeps its id and its place at its target, where order counts. */
export function insertOnEdge(wanted: InsertNode): Command {
  const label = copy.insert(typeof wanted.node === "string" ? undefined : wanted.node.type.label);
  return {
    name: "insert_node",
    label,
    recipe(draft): CommandInfo | undefined {
      const at = draft.edges.findIndex((edge) => edge.id === wanted.edge);
      const edge = draft.edges[at];
      const source = draft.nodes.find((node) => node.id === edge?.source);
      const target = draft.nodes.find((node) => node.id === edge?.target);
      if (edge === undefined || source === undefined || target === undefined) return undefined;
      const newId = freshIds(draft, wanted.makeId);
      const existing = draft.nodes.find((node) => node.id === wanted.node);
      if (typeof wanted.node === "string" && (existing === undefined || existing === source || existing === target)) {
        return undefined;
      }
      const node =
        existing ??
        (typeof wanted.node === "string" ? undefined : made(draft, wanted.node, newId("n"), { x: 0, y: 0 }));
      if (node === undefined) return undefined;
      const dropped = { ...node.position };
      makeRoom(draft, source, target, node);
      // makeRoom moved the targets; a node that was dropped stays under the pointer.
      if (existing) node.position = dropped;
      else draft.nodes.push(node);
      const first: WorkflowEdge = {
        id: newId("e"),
        source: edge.source,
        sourceHandle: edge.sourceHandle,
        target: node.id,
        targetHandle: wanted.input ?? MAIN,
      };
      draft.edges.splice(at, 0, first);
      edge.source = node.id;
      edge.sourceHandle = wanted.output ?? MAIN;
      return { created: existing ? [] : [node.id], label: copy.insert(node.data.label) };
    },
  };
}

/** Walking along the graph and moving nodes by keys. */

import { type Command, moveNodes } from "@/domain/commands";
import type { Definition, WorkflowNode } from "@/domain/definition";
import { GRID } from "@/domain/geometry";

export type Direction = "left" | "right" | "up" | "down";

const byPlace = (one: WorkflowNode, other: WorkflowNode) =>
  one.position.y - other.position.y || one.position.x - other.position.x;

/** Returns the node that an arrow leads to: sources and targets across, siblings and what stands there up and down. */
export function neighbourOf(
  definition: Definition,
  from: string | undefined,
  direction: Direction,
): string | undefined {
  const { nodes, edges } = definition;
  const node = nodes.find((entry) => entry.id === from);
  if (node === undefined)
    return [...nodes].sort((one, other) => one.position.x - other.position.x || byPlace(one, other))[0]?.id;
  const pick = (ids: readonly string[]) =>
    nodes.filter((entry) => ids.includes(entry.id) && entry.id !== node.id).sort(byPlace);
  const targets = (id: string) => edges.filter((edge) => edge.source === id).map((edge) => edge.target);
  const sources = (id: string) => edges.filter((edge) => edge.target === id).map((edge) => edge.source);
  if (direction === "right") return (pick(targets(node.id))[0] ?? nearest(nodes, node, direction))?.id;
  if (direction === "left") return (pick(sources(node.id))[0] ?? nearest(nodes, node, direction))?.id;
  const siblings = pick([...sources(node.id).flatMap(targets), ...targets(node.id).flatMap(sources)]);
  const isUp = direction === "up";
  const beside = siblings.filter((entry) => (isUp ? byPlace(entry, node) < 0 : byPlace(entry, node) > 0));
  return (isUp ? beside.at(-1) : beside[0])?.id ?? nearest(nodes, node, direction)?.id;
}

/** Returns the nearest node that stands in a direction, within a wide angle. */
function nearest(nodes: readonly WorkflowNode[], from: WorkflowNode, direction: Direction): WorkflowNode | undefined {
  const sign = direction === "right" || direction === "down" ? 1 : -1;
  const isAcross = direction === "left" || direction === "right";
  let best: WorkflowNode | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const [dx, dy] = [node.position.x - from.position.x, node.position.y - from.position.y];
    const [along, aside] = isAcross ? [dx * sign, Math.abs(dy)] : [dy * sign, Math.abs(dx)];
    if (node === from || along <= 0) continue;
    const distance = along + aside * 2;
    if (distance < least) [best, least] = [node, distance];
  }
  return best;
}

/** Returns the command that moves nodes by grid steps. */
export function movedBy(definition: Definition, ids: readonly string[], direction: Direction, steps: number): Command {
  const by = GRID * steps;
  const dx = direction === "right" ? by : direction === "left" ? -by : 0;
  const dy = direction === "down" ? by : direction === "up" ? -by : 0;
  const chosen = new Set(ids);
  return moveNodes(
    Object.fromEntries(
      definition.nodes
        .filter((node) => chosen.has(node.id))
        .map((node) => [node.id, { x: node.position.x + dx, y: node.position.y + dy }]),
    ),
  );
}

import type { Edge, Node } from "@xyflow/react";
import type { Catalogue } from "@/domain/catalogue";
import type { Definition, NodeType, Point, WorkflowNode } from "@/domain/definition";
import { type DefinitionDiff, edgeKey } from "@/domain/diff";

export type Kind = "added" | "removed" | "changed" | "same";

export interface ComparedData extends Record<string, unknown> {
  readonly label: string;
  readonly typeLabel: string;
  readonly nodeType: NodeType | undefined;
  readonly kind: Kind;
}

export type ComparedFlowNode = Node<ComparedData>;

const [WIDTH, HEIGHT, GAP] = [224, 64, 32];
const STROKES = { added: "var(--ok)", removed: "var(--err)", same: "var(--control)" } as const;

/** Returns the nodes and edges of `after` and those that went, with what happened to each. */
export function comparedGraph(
  after: Definition,
  diff: DefinitionDiff,
  catalogue: Catalogue | undefined,
): { nodes: ComparedFlowNode[]; edges: Edge[] } {
  const added = new Set(diff.nodes.added.map((node) => node.id));
  const changed = new Set(diff.nodes.changed.map((node) => node.id));
  const draw = (node: WorkflowNode, kind: Kind): ComparedFlowNode => {
    const type = catalogue?.find(node.type, node.data.version);
    return {
      id: node.id,
      type: "compared",
      position: kind === "removed" ? beside(node.position, after.nodes) : node.position,
      width: WIDTH,
      height: HEIGHT,
      data: { label: node.data.label || node.id, typeLabel: type?.label ?? node.type, nodeType: type, kind },
    };
  };
  const nodes = [
    ...diff.nodes.removed.map((node) => draw(node, "removed")),
    ...after.nodes.map((node) => draw(node, added.has(node.id) ? "added" : changed.has(node.id) ? "changed" : "same")),
  ];
  const fresh = new Set(diff.edges.added.map(edgeKey));
  const edges = [
    ...diff.edges.removed.map((edge) => ({ edge, kind: "removed" as const })),
    ...after.edges.map((edge) => ({ edge, kind: fresh.has(edgeKey(edge)) ? ("added" as const) : ("same" as const) })),
  ].map(
    ({ edge, kind }): Edge => ({
      id: `${kind} ${edgeKey(edge)}`,
      source: edge.source,
      target: edge.target,
      style: { stroke: STROKES[kind], ...(kind === "removed" ? { strokeDasharray: "4 4" } : {}) },
    }),
  );
  return { nodes, edges };
}

/** Returns where a ghost can be seen: below whatever stands in its place now. */
function beside(position: Point, nodes: readonly WorkflowNode[]): Point {
  const isTaken = nodes.some(
    (one) => Math.abs(one.position.x - position.x) < WIDTH && Math.abs(one.position.y - position.y) < HEIGHT,
  );
  return isTaken ? { x: position.x, y: position.y + HEIGHT + GAP } : position;
}

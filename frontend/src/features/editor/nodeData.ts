import type { Edge, Node } from "@xyflow/react";
import type { Catalogue } from "@/domain/catalogue";
import { type Definition, NOTE, type NodeType, type WorkflowNode } from "@/domain/definition";
import { sizeOf } from "@/domain/geometry";
import { type Handles, handlesOf, usedHandles } from "@/domain/handles";
import { itemCount, latestOf, type RunState } from "@/domain/runState";

export interface NodeViewData extends Record<string, unknown> {
  readonly node: WorkflowNode;
  readonly type: NodeType | undefined;
  readonly handles: Handles;
  readonly status: string | null;
  readonly itemsOut: number | null;
  readonly error: string | null;
  readonly hasProblem: boolean;
  readonly isPinned: boolean;
}

export type CanvasNode = Node<NodeViewData>;

interface Shown {
  readonly definition: Definition;
  readonly catalogue: Catalogue;
  readonly run: RunState;
  readonly selected: ReadonlySet<string>;
  readonly broken: ReadonlySet<string>;
}

/** Nodes as the canvas takes them; one that did not change stays the same object, so it is not drawn again. */
export function canvasNodes({ definition, catalogue, run, selected, broken }: Shown, before: Map<string, CanvasNode>) {
  const used = usedHandles(definition.edges);
  return definition.nodes.map((node): CanvasNode => {
    const type = catalogue.find(node.type, node.data.version);
    const handles = handlesOf(node, type, used);
    const state = latestOf(run, node.id);
    const counts = Object.values(state?.itemsOut ?? {});
    const data: NodeViewData = {
      node,
      type,
      handles,
      status: state?.status ?? null,
      itemsOut: counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : null,
      error: state?.error?.message ?? null,
      hasProblem: broken.has(node.id),
      isPinned: node.id in definition.pinned_data,
    };
    const made: CanvasNode = {
      id: node.id,
      type: node.type === NOTE ? "note" : "step",
      position: node.position,
      data,
      selected: selected.has(node.id),
      ...sizeOf(node, handles),
      zIndex: node.type === NOTE ? -1 : 0,
    };
    const old = before.get(node.id);
    const kept = old && isSame(old, made) ? old : made;
    before.set(node.id, kept);
    return kept;
  });
}

function isSame(old: CanvasNode, made: CanvasNode): boolean {
  const [one, other] = [old.data, made.data];
  return (
    one.node === other.node &&
    one.type === other.type &&
    one.status === other.status &&
    one.itemsOut === other.itemsOut &&
    one.error === other.error &&
    one.hasProblem === other.hasProblem &&
    one.isPinned === other.isPinned &&
    old.selected === made.selected &&
    JSON.stringify(one.handles) === JSON.stringify(other.handles)
  );
}

/** Edges with the number of items that went along them. */
export function canvasEdges({ definition, run }: Shown, selected: ReadonlySet<string>): Edge[] {
  return definition.edges.map((edge) => {
    const count = itemCount(latestOf(run, edge.source), edge.sourceHandle);
    const isMoving = latestOf(run, edge.target)?.status === "running";
    return {
      id: edge.id,
      source: edge.source,
      sourceHandle: edge.sourceHandle,
      target: edge.target,
      targetHandle: edge.targetHandle,
      selected: selected.has(edge.id),
      animated: isMoving,
      style: { stroke: selected.has(edge.id) ? "var(--accent)" : "var(--control)" },
      ...(count === null
        ? {}
        : { label: String(count), labelStyle: { fill: "var(--muted)" }, labelBgStyle: { fill: "var(--bg)" } }),
    };
  });
}

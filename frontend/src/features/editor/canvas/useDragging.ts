import type { OnNodeDrag } from "@xyflow/react";
import { useContext, useMemo, useRef } from "react";
import { insertOnEdge, moveNodes } from "@/domain/commands";
import { NOTE } from "@/domain/definition";
import { type AlignmentLine, alignment, type Rect } from "@/domain/geometry";
import { inputFor, outputFor } from "@/domain/handles";
import { documentStore } from "@/features/document";
import { type FlowNode, GraphContext } from "@/features/graph";
import { say } from "../editorStore";
import { edgeAt } from "./edgeAt";

const NEAR = 600;
const NO_LINES: readonly AlignmentLine[] = [];

const rectOf = (node: FlowNode): Rect => ({ ...node.position, width: node.width ?? 0, height: node.height ?? 0 });

/** Dragging nodes: lines where they stand level with others, edges they can be dropped on, one step at the end. */
export function useDragging(nodes: readonly FlowNode[]) {
  const { store } = useContext(GraphContext);
  const shown = useRef(nodes);
  shown.current = nodes;
  return useMemo(() => {
    /** The edge below a node that has none of its own yet. */
    function edgeBelow(node: FlowNode): string | null {
      const { edges } = documentStore.getState().definition;
      const isFree = !edges.some((edge) => edge.source === node.id || edge.target === node.id);
      const { type } = node.data;
      if (!isFree || type === undefined || inputFor(type, "items") === null || outputFor(type, "items") === null)
        return null;
      const { x, y, width, height } = rectOf(node);
      return edgeAt({ x: x + width / 2, y: y + height / 2 }) ?? null;
    }
    const onNodeDrag: OnNodeDrag<FlowNode> = (_, node, dragged) => {
      const ids = new Set(dragged.map((one) => one.id));
      const mine = rectOf(node);
      const others = shown.current
        .filter((one) => !ids.has(one.id) && one.type !== NOTE)
        .map(rectOf)
        .filter((one) => Math.abs(one.x - mine.x) < NEAR && Math.abs(one.y - mine.y) < NEAR);
      const found = alignment(mine, others);
      const isLevel = found.dx === 0 || found.dy === 0;
      const lines = isLevel
        ? found.lines.filter((line) => (line.axis === "x" ? found.dx === 0 : found.dy === 0))
        : NO_LINES;
      if (lines.length + store.getState().lines.length > 0) store.setState({ lines });
      const dropEdge = dragged.length === 1 ? edgeBelow(node) : null;
      if (store.getState().dropEdge !== dropEdge) store.setState({ dropEdge });
    };
    const onNodeDragStop: OnNodeDrag<FlowNode> = (_, node, dragged) => {
      const { dropEdge } = store.getState();
      store.setState({ dropEdge: null, lines: NO_LINES });
      const { run } = documentStore.getState();
      const change = run(moveNodes(Object.fromEntries(dragged.map(({ id, position }) => [id, position]))));
      const { type } = node.data;
      if (dropEdge === null || type === undefined) return say(change.label);
      const [input, output] = [inputFor(type, "items"), outputFor(type, "items")];
      if (input !== null && output !== null)
        say(run(insertOnEdge({ edge: dropEdge, node: node.id, input, output })).label);
    };
    return { onNodeDrag, onNodeDragStop };
  }, [store]);
}

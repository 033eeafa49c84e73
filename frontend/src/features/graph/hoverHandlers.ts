import type { FlowEdge, FlowNode } from "./flowTypes";
import type { GraphStore } from "./graphStore";

/** Long enough to reach what stands beside it. */
const NODE_STAYS_MS = 250;
const EDGE_STAYS_MS = 400;

/** Tells the canvas's store which node and edge the pointer is on; each stays for a moment. */
export function hoverHandlers(store: GraphStore) {
  const leaving: Partial<Record<"hoveredNode" | "hoveredEdge", ReturnType<typeof setTimeout>>> = {};
  const hover = (part: "hoveredNode" | "hoveredEdge", id: string | null, delayMs = 0) => {
    clearTimeout(leaving[part]);
    if (delayMs === 0) store.setState({ [part]: id });
    else leaving[part] = setTimeout(() => store.setState({ [part]: id }), delayMs);
  };
  return {
    onNodeMouseEnter: (_: unknown, node: FlowNode) => hover("hoveredNode", node.id),
    onNodeMouseLeave: () => hover("hoveredNode", null, NODE_STAYS_MS),
    onEdgeMouseEnter: (_: unknown, edge: FlowEdge) => hover("hoveredEdge", edge.id),
    onEdgeMouseLeave: () => hover("hoveredEdge", null, EDGE_STAYS_MS),
  };
}

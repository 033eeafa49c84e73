export { BOTTOM, FIT } from "./fit";
export { fittedZoom } from "./fittedZoom";
export type { FlowEdge, FlowNode, NodeViewData } from "./flowTypes";
export { GraphCanvas } from "./GraphCanvas";
export { GraphControls } from "./GraphControls";
export { GraphView } from "./GraphView";
export {
  type Connection,
  createGraphStore,
  type GraphActions,
  GraphContext,
  type GraphStore,
  type Marks,
  type NodeProblems,
  useGraph,
} from "./graphStore";
export { nodeElementId, nodeName, tileColor } from "./nodeText";
export { NOTE_TINTS } from "./noteTints";
export { type GraphSelection, NOTHING_SELECTED, useFlow } from "./useFlow";

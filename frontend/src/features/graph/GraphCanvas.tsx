import { Background, type OnMove, ReactFlow, type ReactFlowProps, SelectionMode, useReactFlow } from "@xyflow/react";
import { type ReactNode, useContext, useRef } from "react";
import { isMac } from "@/ui/keys";
import { EdgeView } from "./EdgeView";
import type { FlowEdge, FlowNode } from "./flowTypes";
import { GraphContext } from "./graphStore";
import { NodeView } from "./NodeView";
import { NoteView } from "./NoteView";
import "./graph.css";

const NODE_TYPES = { node: NodeView, note: NoteView };
const EDGE_TYPES = { edge: EdgeView };
const FAR = 0.45;
const CULLED_FROM = 150;
const HIDDEN_MARK = { hideAttribution: true };
const PAN_BUTTONS = [0, 1];
const FIT = { padding: 0.15, maxZoom: 1 };
const MOST_UNZOOM = 2.5;
/** Long enough to reach what stands beside it. */
const NODE_STAYS_MS = 250;
const EDGE_STAYS_MS = 400;

interface GraphCanvasProps extends ReactFlowProps<FlowNode, FlowEdge> {
  readonly nodes: FlowNode[];
  readonly edges: FlowEdge[];
  /** The wheel zooms, and pans with the modifier; else the other way round. */
  readonly isWheelZoom?: boolean;
  readonly children?: ReactNode;
}

/** The canvas of the editor, of runs and of versions: what all of them have in common. */
export function GraphCanvas({ isWheelZoom = false, children, onMove, onInit, ...rest }: GraphCanvasProps) {
  const { store } = useContext(GraphContext);
  const box = useRef<HTMLDivElement>(null);
  const leaving = useRef<Record<string, ReturnType<typeof setTimeout>>>({});
  const { getZoom } = useReactFlow();
  const zoomed = (zoom: number) => {
    const isFar = zoom < FAR;
    if (store.getState().isFar !== isFar) store.setState({ isFar });
    const unzoom = String(Math.round(Math.min(MOST_UNZOOM, Math.max(1, 1 / zoom)) * 4) / 4);
    // Read by the handles; written only when it changes, as each one is styled anew by it.
    if (box.current && box.current.style.getPropertyValue("--graph-unzoom") !== unzoom) {
      box.current.style.setProperty("--graph-unzoom", unzoom);
    }
  };
  const move: OnMove = (event, viewport) => {
    zoomed(viewport.zoom);
    onMove?.(event, viewport);
  };
  const hover = (part: "hoveredNode" | "hoveredEdge", id: string | null, delayMs = 0) => {
    clearTimeout(leaving.current[part]);
    if (delayMs === 0) store.setState({ [part]: id });
    else leaving.current[part] = setTimeout(() => store.setState({ [part]: id }), delayMs);
  };
  return (
    <ReactFlow<FlowNode, FlowEdge>
      ref={box}
      className="graph"
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      minZoom={0.1}
      maxZoom={2}
      onlyRenderVisibleElements={rest.nodes.length >= CULLED_FROM}
      panOnScroll={!isWheelZoom}
      zoomOnScroll={isWheelZoom}
      zoomActivationKeyCode={isMac ? "Meta" : "Control"}
      panActivationKeyCode="Space"
      panOnDrag={PAN_BUTTONS}
      selectionKeyCode="Shift"
      multiSelectionKeyCode="Shift"
      selectionMode={SelectionMode.Partial}
      zoomOnDoubleClick={false}
      deleteKeyCode={null}
      disableKeyboardA11y
      nodesFocusable={false}
      edgesFocusable={false}
      elevateNodesOnSelect={false}
      fitViewOptions={FIT}
      proOptions={HIDDEN_MARK}
      {...rest}
      onInit={(instance) => {
        zoomed(getZoom());
        onInit?.(instance);
      }}
      onMove={move}
      onNodeMouseEnter={(_, node) => hover("hoveredNode", node.id)}
      onNodeMouseLeave={() => hover("hoveredNode", null, NODE_STAYS_MS)}
      onEdgeMouseEnter={(_, edge) => hover("hoveredEdge", edge.id)}
      onEdgeMouseLeave={() => hover("hoveredEdge", null, EDGE_STAYS_MS)}
    >
      <Background gap={16} size={1} />
      {children}
    </ReactFlow>
  );
}

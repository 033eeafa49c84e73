import { Background, type OnMove, ReactFlow, type ReactFlowProps, SelectionMode, useReactFlow } from "@xyflow/react";
import { type ReactNode, useContext, useMemo, useRef } from "react";
import { isMac } from "@/ui/keys";
import { EdgeView } from "./EdgeView";
import type { FlowEdge, FlowNode } from "./flowTypes";
import { GraphContext, useGraph } from "./graphStore";
import { hoverHandlers } from "./hoverHandlers";
import { NodeView } from "./NodeView";
import { NoteView } from "./NoteView";
import "./graph.css";

const NODE_TYPES = { node: NodeView, note: NoteView };
const EDGE_TYPES = { edge: EdgeView };
const FAR = 0.45;
const CULLED_FROM = 150;
const HIDDEN_MARK = { hideAttribution: true };
const PAN_BUTTONS = [0, 1];
const FIT = { padding: 0.15, maxZoom: 1, includeHiddenNodes: true };
const MOST_UNZOOM = 2.5;

interface GraphCanvasProps extends ReactFlowProps<FlowNode, FlowEdge> {
  readonly nodes: FlowNode[];
  readonly edges: FlowEdge[];
  /** The wheel zooms, and pans with the modifier; else the other way round. */
  readonly isWheelZoom?: boolean;
  readonly children?: ReactNode;
}

/** The canvas of the editor, of runs and of versions: what all of them have in common. */
export function GraphCanvas({ isWheelZoom = false, children, ...rest }: GraphCanvasProps) {
  const { store } = useContext(GraphContext);
  const box = useRef<HTMLDivElement>(null);
  const { getZoom } = useReactFlow();
  // The same for each drawing: another function would draw all nodes and edges again.
  const watching = useMemo(() => {
    const zoomed = (zoom: number) => {
      const isFar = zoom < FAR;
      if (store.getState().isFar !== isFar) store.setState({ isFar });
      const unzoom = String(Math.round(Math.min(MOST_UNZOOM, Math.max(1, 1 / zoom)) * 4) / 4);
      // Read by the handles; written only when it changes, as each one is styled anew by it.
      if (box.current && box.current.style.getPropertyValue("--graph-unzoom") !== unzoom) {
        box.current.style.setProperty("--graph-unzoom", unzoom);
      }
    };
    // Moved as one picture; only while it moves, as it would stay unsharp at another zoom.
    const moving = (isMoving: boolean) => () => box.current?.toggleAttribute("data-moving", isMoving);
    const onMove: OnMove = (_, { zoom }) => zoomed(zoom);
    return {
      ...hoverHandlers(store),
      onInit: () => zoomed(getZoom()),
      onMove,
      onMoveStart: moving(true),
      onMoveEnd: moving(false),
    };
  }, [store, getZoom]);
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
      {...watching}
    >
      <NearBackground />
      {children}
    </ReactFlow>
  );
}

/** From afar the dots would be a grey veil, and cost a redrawing at each move. */
function NearBackground() {
  const isFar = useGraph((state) => state.isFar);
  return isFar ? null : <Background gap={16} size={1} />;
}

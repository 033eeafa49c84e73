import { Background, type OnMove, ReactFlow, type ReactFlowProps, SelectionMode, useReactFlow } from "@xyflow/react";
import { type ReactNode, useContext, useEffect, useMemo, useRef } from "react";
import { isMac } from "@/ui/keys";
import { EdgeView } from "./EdgeView";
import { FarEdges } from "./FarEdges";
import { FIT } from "./fit";
import type { FlowEdge, FlowNode } from "./flowTypes";
import { GraphContext, looksAt, useGraph } from "./graphStore";
import { hoverHandlers } from "./hoverHandlers";
import { NodeView } from "./NodeView";
import { NoteView } from "./NoteView";
import { startDragsAtOnce } from "./startDragsAtOnce";
import "./graph.css";

const NODE_TYPES = { node: NodeView, note: NoteView };
const EDGE_TYPES = { edge: EdgeView };
const NO_EDGES: FlowEdge[] = [];
const CULLED_FROM = 150;
const HIDDEN_MARK = { hideAttribution: true };
const PAN_BUTTONS = [0, 1];
const MOST_UNZOOM = 2.5;
const SETTLES_MS = 600;

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
  useEffect(() => (box.current ? startDragsAtOnce(box.current) : undefined), []);
  // From afar the dots would be a grey veil, and hundreds of edges each a picture to put together at every move.
  const isFar = useGraph((state) => state.isFar);
  // The same for each drawing: another function would draw all nodes and edges again.
  const watching = useMemo(() => {
    const zoomed = (zoom: number) => {
      const look = looksAt(zoom);
      const before = store.getState();
      if (before.isFar !== look.isFar || before.isTiny !== look.isTiny) store.setState(look);
      const unzoom = String(Math.round(Math.min(MOST_UNZOOM, Math.max(1, 1 / zoom)) * 4) / 4);
      // Read by the handles; written only when it changes, as each one is styled anew by it.
      if (box.current && box.current.style.getPropertyValue("--graph-unzoom") !== unzoom) {
        box.current.style.setProperty("--graph-unzoom", unzoom);
      }
    };
    // Moved as one picture while only its place changes: at another zoom it would stay unsharp. Going back and forth
    // between both costs more than either, so it stays one for a moment.
    let settling: ReturnType<typeof setTimeout> | undefined;
    let startZoom = 1;
    const picture = (isOne: boolean) => box.current?.toggleAttribute("data-moving", isOne);
    const onMove: OnMove = (_, { zoom }) => {
      zoomed(zoom);
      // Not before it moves: a press that becomes a click starts here as well, and a picture takes no click.
      picture(zoom === startZoom);
    };
    const onMoveStart: OnMove = (_, { zoom }) => {
      clearTimeout(settling);
      startZoom = zoom;
    };
    const onMoveEnd = () => {
      clearTimeout(settling);
      settling = setTimeout(() => picture(false), SETTLES_MS);
    };
    return { ...hoverHandlers(store), onInit: () => zoomed(getZoom()), onMove, onMoveStart, onMoveEnd };
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
      edges={isFar ? NO_EDGES : rest.edges}
      {...watching}
    >
      {isFar ? <FarEdges nodes={rest.nodes} edges={rest.edges} /> : <Background gap={16} size={1} />}
      {children}
    </ReactFlow>
  );
}

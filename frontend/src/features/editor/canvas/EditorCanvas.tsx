import { ConnectionLineType, useReactFlow } from "@xyflow/react";
import { type DragEvent, type MouseEvent, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { GRID } from "@/domain/geometry";
import { documentStore, useDocument } from "@/features/document";
import { type FlowEdge, type FlowNode, GraphCanvas, GraphControls, nodeElementId, useFlow } from "@/features/graph";
import { centred } from "../actions/editorActions";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, select, useEditor } from "../editorStore";
import { draggedKind } from "../palette/dragKind";
import { HoverToolbar } from "../panels/later";
import { AlignmentLines } from "./AlignmentLines";
import { edgeAt } from "./edgeAt";
import { keepView, keptView } from "./keptViews";
import { useAltKey } from "./useAltKey";
import { useConnecting } from "./useConnecting";
import { useDragging } from "./useDragging";

const SNAP: [number, number] = [GRID, GRID];
const MINIMAP_FROM = 30;
const INTERACTION = { reconnectRadius: 14, connectionRadius: 28 } as const;

type AnyMouseEvent = MouseEvent | globalThis.MouseEvent;

interface EditorCanvasProps {
  readonly onMenu: (event: AnyMouseEvent, target: { node?: string; edge?: string }) => void;
}

/** The canvas that can be changed. While nodes are dragged their places are the canvas's own. */
export function EditorCanvas({ onMenu }: EditorCanvasProps) {
  const { workflowId, catalogue, actions, viewport, isReadOnly } = useEditorContext();
  const { getViewport } = useReactFlow();
  const definition = useDocument((state) => state.definition);
  const selection = useEditor((state) => state.selection);
  const hasMinimap = useEditor((state) => state.hasMinimap) ?? definition.nodes.length >= MINIMAP_FROM;
  const onSelect = useCallback((next: typeof selection) => select(next.nodes, next.edges), []);
  const flow = useFlow(definition, catalogue, selection, onSelect);
  const [view] = useState(() => keptView(workflowId));
  useEffect(() => () => keepView(workflowId, getViewport()), [workflowId, getViewport]);
  const isAlt = useAltKey();
  const alt = useRef(false);
  alt.current = isAlt;
  const connecting = useConnecting(alt);
  const dragging = useDragging(flow.nodes);
  const menu = useRef(onMenu);
  menu.current = onMenu;
  // The same for each drawing: another function would draw all nodes and edges again.
  const pointing = useMemo(
    () => ({
      onNodeDoubleClick: (_: unknown, node: FlowNode) => actions.openDetail(node.id),
      onPaneClick: () => editorStore.setState({ palette: null, connectFrom: null }),
      onPaneContextMenu: (event: AnyMouseEvent) => menu.current(event, {}),
      onNodeContextMenu: (event: AnyMouseEvent, node: FlowNode) => menu.current(event, { node: node.id }),
      onEdgeContextMenu: (event: AnyMouseEvent, edge: FlowEdge) => menu.current(event, { edge: edge.id }),
      onSelectionContextMenu: (event: AnyMouseEvent) => menu.current(event, {}),
    }),
    [actions],
  );
  const current = [...selection.nodes].at(-1);
  const drop = (event: DragEvent) => {
    const kind = draggedKind(event);
    const type = kind === null ? undefined : catalogue.find(kind);
    if (type === undefined) return;
    event.preventDefault();
    const place = viewport.toPlace({ x: event.clientX, y: event.clientY });
    const edge = edgeAt(place);
    if (edge !== undefined) actions.choose(type, { kind: "edge", edge });
    else actions.choose(type, { kind: "free", at: centred(place) });
  };
  return (
    <GraphCanvas
      nodes={flow.nodes}
      edges={flow.edges}
      onNodesChange={flow.onNodesChange}
      onEdgesChange={flow.onEdgesChange}
      {...(isReadOnly ? {} : { ...connecting, ...dragging })}
      {...INTERACTION}
      {...(view ? { defaultViewport: view } : { fitView: true })}
      snapToGrid={!isAlt}
      snapGrid={SNAP}
      nodesDraggable={!isReadOnly}
      nodesConnectable={!isReadOnly}
      edgesReconnectable={!isReadOnly}
      connectionLineType={ConnectionLineType.Bezier}
      tabIndex={0}
      aria-label={copy.canvas}
      aria-description={isReadOnly ? copy.readOnly : copy.canvasHelp}
      {...(current === undefined ? {} : { "aria-activedescendant": nodeElementId(current) })}
      {...pointing}
      onDragOver={(event) => {
        if (documentStore.getState().isReadOnly || !event.dataTransfer.types.includes("application/x-heddle-kind"))
          return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      }}
      onDrop={drop}
    >
      <AlignmentLines />
      <Suspense>{isReadOnly ? null : <HoverToolbar />}</Suspense>
      <GraphControls
        hasMinimap={hasMinimap}
        onToggleMinimap={() => editorStore.setState({ hasMinimap: !hasMinimap })}
      />
    </GraphCanvas>
  );
}

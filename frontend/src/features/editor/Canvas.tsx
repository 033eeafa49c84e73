import "@xyflow/react/dist/style.css";
import { Background, type Connection, type EdgeChange, type NodeChange, ReactFlow, useReactFlow } from "@xyflow/react";
import { useMemo, useRef, useState } from "react";
import type { Catalogue } from "@/domain/catalogue";
import { connect, moveNodes } from "@/domain/commands";
import type { Point } from "@/domain/definition";
import { GRID } from "@/domain/geometry";
import { canConnect } from "@/domain/handles";
import type { RunState } from "@/domain/runState";
import { documentStore, useDocument } from "@/features/document";
import { toast } from "@/ui/toast";
import { CanvasTools } from "./CanvasTools";
import { copy } from "./copy";
import { NoteNode } from "./NoteNode";
import { type CanvasNode, canvasEdges, canvasNodes } from "./nodeData";
import { StepNode } from "./StepNode";
import { canvasKeys } from "./useCanvasKeys";

interface CanvasProps {
  readonly catalogue: Catalogue;
  readonly run: RunState;
  readonly broken: ReadonlySet<string>;
  readonly openPalette: () => void;
  readonly openDetail: (nodeId: string) => void;
  readonly start: () => void;
}

const NODE_TYPES = { step: StepNode, note: NoteNode };
const SNAP: [number, number] = [GRID, GRID];
const CULL_FROM = 150;

/** The workflow as a graph. Positions are React Flow's during a drag, and committed once at its end. */
export function Canvas({ catalogue, run, broken, openPalette, openDetail, start }: CanvasProps) {
  const definition = useDocument((state) => state.definition);
  const selected = useDocument((state) => state.selected);
  const selectedEdges = useDocument((state) => state.selectedEdges);
  const [dragged, setDragged] = useState<ReadonlyMap<string, Point>>(new Map());
  const drawn = useRef(new Map<string, CanvasNode>());
  const flow = useReactFlow();
  const frame = useRef<HTMLElement>(null);

  const shown = useMemo(
    () => ({ definition, catalogue, run, selected: new Set(selected), broken }),
    [definition, catalogue, run, selected, broken],
  );
  const still = useMemo(() => canvasNodes(shown, drawn.current), [shown]);
  const nodes = useMemo(
    () => (dragged.size === 0 ? still : still.map((node) => moved(node, dragged.get(node.id)))),
    [still, dragged],
  );
  const edges = useMemo(() => canvasEdges(shown, new Set(selectedEdges)), [shown, selectedEdges]);

  const onNodesChange = (changes: NodeChange<CanvasNode>[]) => {
    const state = documentStore.getState();
    const places = new Map(dragged);
    const chosen = new Set(state.selected);
    let hasEnded = false;
    for (const change of changes) {
      if (change.type === "select") chosen[change.selected ? "add" : "delete"](change.id);
      if (change.type !== "position") continue;
      if (change.position) places.set(change.id, change.position);
      hasEnded ||= change.dragging === false;
    }
    if (changes.some((change) => change.type === "select")) state.select([...chosen], state.selectedEdges);
    if (hasEnded) {
      state.run(moveNodes(Object.fromEntries(places)));
      setDragged(new Map());
    } else if (changes.some((change) => change.type === "position")) setDragged(places);
  };
  const onEdgesChange = (changes: EdgeChange[]) => {
    const state = documentStore.getState();
    const chosen = new Set(state.selectedEdges);
    for (const change of changes) {
      if (change.type === "select") chosen[change.selected ? "add" : "delete"](change.id);
    }
    if (changes.some((change) => change.type === "select")) state.select(state.selected, [...chosen]);
  };
  const onConnect = ({ source, sourceHandle, target, targetHandle }: Connection) => {
    const ends = { source, sourceHandle: sourceHandle ?? "main", target, targetHandle: targetHandle ?? "main" };
    const allowed = canConnect(
      { definition: documentStore.getState().definition, catalogue },
      { node: ends.source, handle: ends.sourceHandle },
      { node: ends.target, handle: ends.targetHandle },
    );
    if (allowed.ok) documentStore.getState().run(connect(ends));
    else toast({ kind: "error", text: allowed.reason });
  };
  const middle = () => {
    const box = frame.current?.getBoundingClientRect();
    return flow.screenToFlowPosition({
      x: (box?.left ?? 0) + (box?.width ?? 0) / 2,
      y: (box?.top ?? 0) + (box?.height ?? 0) / 2,
    });
  };
  const keys = canvasKeys({ openPalette, openDetail, start, middle });
  return (
    <section
      ref={frame}
      {...keys}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas is one tab stop, as an application is.
      tabIndex={0}
      aria-label={copy.canvas}
      aria-description={copy.canvasHelp}
      className="relative min-h-0 min-w-0 flex-1 bg-bg outline-offset-[-2px]"
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onConnect={onConnect}
        onNodeDoubleClick={(_, node) => openDetail(node.id)}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.1 }}
        minZoom={0.1}
        snapToGrid
        snapGrid={SNAP}
        panOnScroll
        deleteKeyCode={null}
        disableKeyboardA11y
        onlyRenderVisibleElements={nodes.length >= CULL_FROM}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={GRID} color="var(--line)" />
        <CanvasTools openPalette={openPalette} />
      </ReactFlow>
      {definition.nodes.length === 0 ? (
        <p className="pointer-events-none absolute inset-x-0 top-1/2 text-center text-muted">{copy.empty}</p>
      ) : null}
    </section>
  );
}

function moved(node: CanvasNode, position: Point | undefined): CanvasNode {
  return position ? { ...node, position } : node;
}

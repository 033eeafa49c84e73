import type { Connection, FinalConnectionState, HandleType } from "@xyflow/react";
import { type RefObject, useContext, useMemo, useRef } from "react";
import { connect, reattach } from "@/domain/commands";
import { canConnect, connectionsFrom, firstFreeInput, type HandleRef, handlesOf } from "@/domain/handles";
import { documentStore } from "@/features/document";
import { type FlowEdge, GraphContext } from "@/features/graph";
import { toast } from "@/ui/toast";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, say } from "../editorStore";

interface Start {
  readonly ref: HandleRef;
  readonly type: HandleType;
  /** The edge that is led elsewhere. */
  readonly replacing?: string;
}

type Pointer = MouseEvent | TouchEvent;

function placeOf(event: Pointer): { x: number; y: number } {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

/** The node below the pointer, by its place: while the canvas still moves, nodes are no targets of the pointer. */
function nodeAt(event: Pointer): string | undefined {
  const { x, y } = placeOf(event);
  if (!document.elementFromPoint(x, y)?.closest(".react-flow")) return undefined;
  const nodes = [...document.querySelectorAll<HTMLElement>(".react-flow__node:not(.react-flow__node-note)")];
  const found = nodes.findLast((node) => {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    return left <= x && x <= right && top <= y && y <= bottom;
  });
  return found?.dataset.id;
}

/** Connecting by the pointer: handles, bodies of nodes, empty canvas, and edges that are led elsewhere. */
export function useConnecting(alt: RefObject<boolean>) {
  const { catalogue, viewport } = useEditorContext();
  const { store } = useContext(GraphContext);
  const start = useRef<Start | null>(null);
  return useMemo(() => {
    const context = (replacing?: string) => ({
      definition: documentStore.getState().definition,
      catalogue,
      ...(replacing === undefined ? {} : { replacing }),
    });
    const begin = (from: Start) => {
      start.current = from;
      store.setState({ connecting: { nodeId: from.ref.node, allowed: allowedFor(from) } });
    };
    const end = () => {
      start.current = null;
      store.setState({ connecting: null });
    };
    function allowedFor({ ref, type, replacing }: Start): ReadonlySet<string> {
      const shared = context(replacing);
      const handles = (id: string) => {
        const node = shared.definition.nodes.find((entry) => entry.id === id);
        return node && handlesOf(node, catalogue.find(node.type, node.data.version), shared.definition.edges);
      };
      const check = type === "source" ? connectionsFrom(shared, ref) : null;
      const fits = (id: string): boolean =>
        check
          ? (handles(id)?.inputs.some((input) => check({ node: id, handle: input.name }).ok) ?? false)
          : (handles(id)?.outputs.some((output) => canConnect(shared, { node: id, handle: output.name }, ref).ok) ??
            false);
      return new Set(shared.definition.nodes.map((node) => node.id).filter(fits));
    }
    /** Connects, or says why not. */
    function attempt(from: HandleRef, to: HandleRef, replacing?: string): void {
      const allowed = canConnect(context(replacing), from, to);
      if (!allowed.ok) {
        toast({ kind: "error", text: allowed.reason });
        say(allowed.reason);
        return;
      }
      const ends = { source: from.node, sourceHandle: from.handle, target: to.node, targetHandle: to.handle };
      say(documentStore.getState().run(replacing === undefined ? connect(ends) : reattach(replacing, ends)).label);
    }
    function dropOnNode(id: string, { ref, type, replacing }: Start): void {
      const shared = context(replacing);
      const node = shared.definition.nodes.find((entry) => entry.id === id);
      if (node === undefined || id === ref.node) return;
      const handles = handlesOf(node, catalogue.find(node.type, node.data.version), shared.definition.edges);
      if (type === "source") {
        const input = firstFreeInput(shared, ref, id) ?? handles.inputs[0]?.name;
        if (input === undefined) toast({ kind: "error", text: copy.noInput });
        else attempt(ref, { node: id, handle: input }, replacing);
        return;
      }
      const fits = handles.outputs.filter((output) => canConnect(shared, { node: id, handle: output.name }, ref).ok);
      const output = fits.find((one) => !one.isError) ?? fits[0] ?? handles.outputs[0];
      if (output) attempt({ node: id, handle: output.name }, ref, replacing);
    }
    function dropOnCanvas(event: Pointer, { ref, type, replacing }: Start): void {
      if (replacing !== undefined) return;
      const node = documentStore.getState().definition.nodes.find((entry) => entry.id === ref.node);
      const handles = node && handlesOf(node, catalogue.find(node.type, node.data.version), []);
      const side = type === "source" ? handles?.outputs : handles?.inputs;
      const gives = side?.find((handle) => handle.name === ref.handle)?.gives ?? "items";
      const at = viewport.toPlace(placeOf(event));
      const corner = { x: type === "source" ? at.x : at.x - 224, y: at.y - 32 };
      editorStore.setState({
        palette:
          type === "source"
            ? { kind: "from", ...ref, gives, at: corner }
            : { kind: "to", ...ref, accepts: gives, at: corner },
      });
    }
    const finish = (event: Pointer, state: FinalConnectionState) => {
      const from = start.current;
      end();
      if (from === null || state.isValid) return;
      if (state.toHandle) {
        const to = { node: state.toHandle.nodeId, handle: state.toHandle.id ?? "main" };
        const isForward = from.type === "source" && state.toHandle.type === "target";
        const isBackward = from.type === "target" && state.toHandle.type === "source";
        if (isForward) return attempt(from.ref, to, from.replacing);
        if (isBackward) return attempt(to, from.ref, from.replacing);
      }
      const id = nodeAt(event);
      if (id !== undefined) dropOnNode(id, from);
      else dropOnCanvas(event, from);
    };
    const ends = ({ source, sourceHandle, target, targetHandle }: Connection | FlowEdge): [HandleRef, HandleRef] => [
      { node: source, handle: sourceHandle ?? "main" },
      { node: target, handle: targetHandle ?? "main" },
    ];
    return {
      isValidConnection: (edge: Connection | FlowEdge) =>
        canConnect(context(start.current?.replacing), ...ends(edge)).ok,
      onConnect: (connection: Connection) => {
        if (start.current?.replacing === undefined) attempt(...ends(connection));
      },
      onConnectStart: (
        _: Pointer,
        {
          nodeId,
          handleId,
          handleType,
        }: { nodeId: string | null; handleId: string | null; handleType: HandleType | null },
      ) => {
        if (start.current !== null || nodeId === null || handleType === null) return;
        begin({ ref: { node: nodeId, handle: handleId ?? "main" }, type: handleType });
      },
      onConnectEnd: (event: Pointer, state: FinalConnectionState) => {
        if (start.current?.replacing === undefined) finish(event, state);
      },
      onReconnect: (edge: FlowEdge, connection: Connection) => attempt(...ends(connection), edge.id),
      onReconnectStart: (_: unknown, edge: FlowEdge, fixed: HandleType) => {
        const [from, to] = ends(edge);
        begin({ ref: fixed === "source" ? from : to, type: fixed, replacing: edge.id });
      },
      onReconnectEnd: (event: Pointer, _edge: FlowEdge, _fixed: HandleType, state: FinalConnectionState) =>
        alt.current ? end() : finish(event, state),
    };
  }, [catalogue, viewport, store, alt]);
}

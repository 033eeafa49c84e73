import { type ReactFlowState, useReactFlow, useStore, useStoreApi } from "@xyflow/react";
import { type PointerEvent, useContext, useEffect, useMemo, useRef } from "react";
import { boundsOf } from "@/domain/geometry";
import { RunStoreContext } from "@/features/liveRun";
import { copy } from "./copy";
import type { FlowNode } from "./flowTypes";
import { drawMinimap, MINIMAP, scaleOf } from "./minimapDrawing";

// The canvas was given these very nodes.
const pickNodes = (state: ReactFlowState) => state.nodes as FlowNode[];

/**
 * The whole workflow in small, with the colours of the run. Drawn anew only when nodes or their states change: what
 * moves with the canvas is one frame over it.
 */
export function Minimap() {
  const nodes = useStore(pickNodes);
  const store = useStoreApi();
  const run = useContext(RunStoreContext);
  const { setCenter, getZoom } = useReactFlow();
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const world = useMemo(
    () => boundsOf(nodes.map(({ position, width = 0, height = 0 }) => ({ ...position, width, height }))),
    [nodes],
  );
  useEffect(() => {
    let asked = 0;
    const draw = () => {
      asked = 0;
      if (canvas.current && world) drawMinimap(canvas.current, nodes, run.getState().byNode, world);
    };
    const soon = () => {
      asked ||= requestAnimationFrame(draw);
    };
    soon();
    const stop = run.subscribe(soon);
    return () => {
      stop();
      cancelAnimationFrame(asked);
    };
  }, [nodes, world, run]);
  useEffect(() => {
    const place = () => {
      const element = frame.current;
      if (element === null || world === null) return;
      const { transform, width, height } = store.getState();
      const [x, y, zoom] = transform;
      const { scale, left, top } = scaleOf(world);
      const at = { x: left + (-x / zoom - world.x) * scale, y: top + (-y / zoom - world.y) * scale };
      element.style.transform = `translate(${at.x}px, ${at.y}px)`;
      const size = { width: `${(width / zoom) * scale}px`, height: `${(height / zoom) * scale}px` };
      if (element.style.width !== size.width) element.style.width = size.width;
      if (element.style.height !== size.height) element.style.height = size.height;
    };
    place();
    return store.subscribe(place);
  }, [store, world]);
  const go = (event: PointerEvent<HTMLElement>) => {
    if (world === null || event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const { scale, left, top } = scaleOf(world);
    const x = world.x + (event.clientX - box.left - left) / scale;
    const y = world.y + (event.clientY - box.top - top) / scale;
    void setCenter(x, y, { zoom: getZoom() });
  };
  return (
    <div
      role="img"
      aria-label={copy.minimap}
      className="nopan nowheel absolute right-4 bottom-16 z-5 cursor-pointer overflow-hidden rounded-node border bg-surface shadow-low"
      style={{ width: MINIMAP.width, height: MINIMAP.height }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      <canvas ref={canvas} className="size-full" />
      <div
        ref={frame}
        className="pointer-events-none absolute top-0 left-0 rounded-control border-2 border-accent will-change-transform"
      />
    </div>
  );
}

import { useReactFlow, useStoreApi } from "@xyflow/react";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import { BOTTOM, FIT } from "@/features/graph";
import type { ViewportControl } from "../editorContext";

const MS = 240;
const MARGIN = 24;
const MOST_FRAMES = 60;

const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Moving the canvas from anywhere in the editor; the panels stand beside it, so its own box is what counts. */
export function useViewport(box: RefObject<HTMLDivElement | null>): ViewportControl {
  const flow = useReactFlow();
  const store = useStoreApi();
  const last = useRef<{ x: number; y: number } | null>(null);
  useEffect(() => {
    // The canvas is not there yet when this is called first.
    const onMove = ({ clientX, clientY }: PointerEvent) => {
      last.current = { x: clientX, y: clientY };
    };
    window.addEventListener("pointermove", onMove, { passive: true });
    return () => window.removeEventListener("pointermove", onMove);
  }, []);
  return useMemo(() => {
    const duration = () => (still() ? 0 : MS);
    const rect = () => box.current?.getBoundingClientRect() ?? new DOMRect();
    const middle = () => {
      const { x, y, width, height } = rect();
      return flow.screenToFlowPosition({ x: x + width / 2, y: y + height / 2 });
    };
    /** After the nodes that were just added are known to the canvas. */
    const soon = (act: () => void) => requestAnimationFrame(() => requestAnimationFrame(act));
    /** A fit that was asked for waits for the canvas to draw: what is asked after it may not come before it. */
    const afterFit = (act: () => void, frames = MOST_FRAMES): void => {
      if (!store.getState().fitViewQueued || frames === 0) act();
      else requestAnimationFrame(() => afterFit(act, frames - 1));
    };
    const inTurn = (act: () => void) => soon(() => afterFit(act));
    const reveal = (ids: readonly string[], isPartEnough: boolean, frames: number): void => {
      const { width, height, transform } = store.getState();
      // As long as the canvas has no size, nothing can be seen on it.
      if (width === 0 && frames > 0) return void requestAnimationFrame(() => reveal(ids, isPartEnough, frames - 1));
      const [x, y, zoom] = transform;
      const nodes = ids.map((id) => flow.getNode(id)).filter((node) => node !== undefined);
      if (nodes.length === 0) return;
      const bounds = flow.getNodesBounds(nodes);
      const [left, top] = [bounds.x * zoom + x, bounds.y * zoom + y];
      const [right, bottom] = [left + bounds.width * zoom, top + bounds.height * zoom];
      const isSeen = isPartEnough
        ? right > MARGIN && bottom > MARGIN && left < width - MARGIN && top < height - MARGIN
        : left >= MARGIN && top >= MARGIN && right <= width - MARGIN && bottom <= height - BOTTOM;
      if (isSeen) return;
      const fits = bounds.width * zoom < width - 2 * MARGIN && bounds.height * zoom < height - MARGIN - BOTTOM;
      if (fits) {
        void flow.setCenter(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2, { zoom, duration: duration() });
      } else void flow.fitView({ ...FIT, nodes, duration: duration() });
    };
    return {
      toPlace: (screen) => flow.screenToFlowPosition(screen),
      middle,
      pointer: () => {
        const { left, right, top, bottom } = rect();
        const at = last.current;
        const isOver = at !== null && at.x > left && at.x < right && at.y > top && at.y < bottom;
        return isOver ? flow.screenToFlowPosition(at) : middle();
      },
      reveal: (ids, isPartEnough = false) => inTurn(() => reveal(ids, isPartEnough, MOST_FRAMES)),
      fit: (ids) =>
        inTurn(
          () =>
            void flow.fitView({ ...FIT, ...(ids ? { nodes: ids.map((id) => ({ id })) } : {}), duration: duration() }),
        ),
      zoomBy: (direction) => inTurn(() => void (direction > 0 ? flow.zoomIn : flow.zoomOut)({ duration: duration() })),
      zoomTo: (zoom) => inTurn(() => void flow.zoomTo(zoom, { duration: duration() })),
      focus: () =>
        soon(() => box.current?.querySelector<HTMLElement>("[role=application]")?.focus({ preventScroll: true })),
    };
  }, [flow, store, box]);
}

import { NOTE } from "@/domain/definition";
import type { Rect } from "@/domain/geometry";
import type { NodeRunState } from "@/domain/runState";
import type { FlowNode } from "./flowTypes";

export const MINIMAP = { width: 208, height: 144, margin: 10 } as const;

const COLORS: Readonly<Record<string, string>> = {
  running: "--run",
  retrying: "--warn",
  waiting: "--wait",
  completed: "--ok",
  failed: "--err",
};
const LEAST = 2;

/** Returns how a workflow fits into the minimap. */
export function scaleOf(world: Rect): { scale: number; left: number; top: number } {
  const { width, height, margin } = MINIMAP;
  const scale = Math.min(
    (width - 2 * margin) / Math.max(1, world.width),
    (height - 2 * margin) / Math.max(1, world.height),
    0.2,
  );
  return { scale, left: (width - world.width * scale) / 2, top: (height - world.height * scale) / 2 };
}

export function drawMinimap(
  canvas: HTMLCanvasElement,
  nodes: readonly FlowNode[],
  runs: ReadonlyMap<string, NodeRunState>,
  world: Rect,
): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = MINIMAP.width * ratio;
  canvas.height = MINIMAP.height * ratio;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(name);
  const { scale, left, top } = scaleOf(world);
  for (const node of nodes) {
    const isNote = node.type === NOTE;
    const status = runs.get(node.id)?.status;
    context.fillStyle = isNote ? color("--line") : color((status && COLORS[status]) ?? "--control");
    context.fillRect(
      left + (node.position.x - world.x) * scale,
      top + (node.position.y - world.y) * scale,
      Math.max(LEAST, (node.width ?? 0) * scale),
      Math.max(LEAST, (node.height ?? 0) * scale),
    );
  }
}

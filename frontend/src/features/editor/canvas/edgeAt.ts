import type { Point } from "@/domain/definition";

/**
 * The edge at a place of the canvas, by its line. What is below the pointer does not tell: while the canvas moves
 * nothing on it can be pointed at, and a dragged node is drawn one move late.
 */
export function edgeAt({ x, y }: Point): string | undefined {
  const lines = [...document.querySelectorAll<SVGPathElement>(".react-flow__edge-interaction")];
  const found = lines.findLast((line) => line.isPointInStroke(new DOMPoint(x, y)));
  return found?.closest<SVGElement>(".react-flow__edge")?.dataset.id;
}

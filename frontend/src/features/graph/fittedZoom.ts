import type { Definition } from "@/domain/definition";
import { boundsOf, roughRects } from "@/domain/geometry";

const MARGIN = 1.3; // the padding of a fitted view, and what stands beside the canvas

/** Returns about the zoom at which a definition fits into the window, before there is a canvas to ask. */
export function fittedZoom({ nodes }: Definition): number {
  const bounds = boundsOf(roughRects(nodes, []));
  if (bounds === null) return 1;
  return Math.min(1, innerWidth / (bounds.width * MARGIN), innerHeight / (bounds.height * MARGIN));
}

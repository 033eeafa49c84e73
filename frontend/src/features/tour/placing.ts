/** Where the card of a step stands: beside what it points at, inside of the window. */

import type { Box } from "./useAnchor";

export const CARD_WIDTH = 320;
export const CARD_HEIGHT = 200;
const GAP = 12;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Returns the card's corner. What is tall has it on its left, all else below, or above where that is too low. */
export function placeBeside(box: Box, window: Size): { left: number; top: number } {
  const isTall = box.height > window.height / 2;
  const below = box.top + box.height + GAP;
  const top = isTall ? box.top + GAP : below + CARD_HEIGHT < window.height ? below : box.top - CARD_HEIGHT - GAP;
  const left = isTall ? box.left - CARD_WIDTH - GAP : box.left;
  return {
    left: Math.max(GAP, Math.min(left, window.width - CARD_WIDTH - GAP)),
    top: Math.max(GAP, Math.min(top, window.height - CARD_HEIGHT - GAP)),
  };
}

import { useEffect, useState } from "react";

const LOOK_MS = 200;

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Returns where the first of some elements stands, and follows it: panels open, the canvas moves. */
export function useAnchor(selectors: readonly string[]): Box | null {
  const [box, setBox] = useState<Box | null>(null);
  useEffect(() => {
    const look = () => {
      const found = selectors.map((one) => document.querySelector(one)).find((one) => one !== null);
      const rect = found?.getBoundingClientRect();
      const next = rect && rect.width > 0 ? pick(rect) : null;
      setBox((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [selectors]);
  return box;
}

function pick({ left, top, width, height }: DOMRect): Box {
  return { left, top, width, height };
}

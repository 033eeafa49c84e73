import { create } from "zustand";

interface Widths {
  readonly input: number;
  readonly output: number;
  setInput(width: number): void;
  setOutput(width: number): void;
}

const MARGIN_PX = 32;
const MIN_PX = 240;
const total = () => window.innerWidth - MARGIN_PX;
/** Input, params and output are 3 : 4 : 3 until somebody moves a divider. */
const side = () => Math.max(MIN_PX, Math.round(total() * 0.3));

/** Remembered for as long as the page is open. */
const useWidths = create<Widths>((set) => ({
  input: side(),
  output: side(),
  setInput: (input) => set({ input }),
  setOutput: (output) => set({ output }),
}));

export function usePanelWidths() {
  return { ...useWidths(), min: MIN_PX, max: Math.max(MIN_PX, Math.round(total() * 0.4)) };
}

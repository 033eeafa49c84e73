import type { copy } from "./copy";

export interface Step {
  readonly name: keyof typeof copy.steps;
  /** What it points at, the first of these that is there; a step about the canvas as a whole points at nothing. */
  readonly anchors: readonly string[];
}

export const STEPS: readonly Step[] = [
  { name: "canvas", anchors: [] },
  { name: "add", anchors: ["[data-tour=add]"] },
  { name: "node", anchors: ["[data-inspector]", ".react-flow__node"] },
  { name: "run", anchors: ["[data-tour=run]"] },
  { name: "saved", anchors: ["[data-save-state]"] },
];

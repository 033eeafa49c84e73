import { includes, type Role } from "@/domain/roles";
import type { copy } from "./copy";

export interface Step {
  readonly name: keyof typeof copy.steps;
  /** What it points at, the first of these that is there; a step about the canvas as a whole points at nothing. */
  readonly anchors: readonly string[];
  /** Who can do what it tells of. */
  readonly needs: Role;
}

const STEPS: readonly Step[] = [
  { name: "canvas", anchors: [], needs: "viewer" },
  { name: "add", anchors: ["[data-tour=add]"], needs: "editor" },
  { name: "node", anchors: ["[data-inspector]", ".react-flow__node"], needs: "editor" },
  { name: "look", anchors: ["[data-inspector]", ".react-flow__node"], needs: "viewer" },
  { name: "run", anchors: ["[data-tour=run]"], needs: "runner" },
  { name: "saved", anchors: ["[data-save-state]"], needs: "editor" },
];

/** Returns the steps for somebody with a role: what he may not do is not shown to him. */
export function stepsFor(role: Role): readonly Step[] {
  const canEdit = includes(role, "editor");
  return STEPS.filter(({ name, needs }) => includes(role, needs) && (name !== "look" || !canEdit));
}

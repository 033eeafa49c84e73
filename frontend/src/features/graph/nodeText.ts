import type { NodeType } from "@/domain/definition";
import type { NodeRunState } from "@/domain/runState";
import { copy } from "./copy";
import type { NodeViewData } from "./flowTypes";

/** Returns a node's status in the run that is shown; undefined: it was not reached. */
export function runStatus(run: NodeRunState | undefined): NodeRunState["status"] | undefined {
  return run?.status;
}

export function tileColor(type: NodeType | undefined): string {
  return type === undefined ? "var(--skip)" : `var(--category-${type.category}, var(--accent))`;
}

/** The id of what a node is drawn as, for `aria-activedescendant`. */
export function nodeElementId(id: string): string {
  return `node-${id}`;
}

/** Returns a node's full name: label, kind, status, and what it is connected to. */
export function nodeName(data: NodeViewData, status: string | undefined): string {
  const { node, type, from, to } = data;
  const kind = type?.label ?? copy.unknownKind(node.type);
  const label = node.data.label || kind;
  const said = [label === kind ? label : `${label}, ${kind}`];
  if (node.data.settings.disabled === true) said.push(copy.disabled);
  if (status !== undefined) said.push(copy.status[status] ?? status);
  const around = [from && copy.from(from), to && copy.to(to)].filter(Boolean).join(" ");
  return `${said.join(", ")}.${around ? ` ${around}` : ""}`;
}

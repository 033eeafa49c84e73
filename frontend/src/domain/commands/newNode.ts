/** A node as it enters a definition. */

import { type Definition, NOTE, type NodeType, type Point, type WorkflowNode } from "../definition";
import { type Rect, roughSize } from "../geometry";
import { labelsOf, uniqueLabel } from "../ids";
import type { JsonObject } from "../json";

export interface NewNode {
  type: Pick<NodeType, "kind" | "version" | "label">;
  params?: JsonObject;
  label?: string;
}

export function made(draft: Definition, wanted: NewNode, id: string, position: Point): WorkflowNode {
  return {
    id,
    type: wanted.type.kind,
    position,
    data: {
      label: wanted.type.kind === NOTE ? "" : uniqueLabel(wanted.label ?? wanted.type.label, labelsOf(draft)),
      version: wanted.type.version,
      params: wanted.params ?? {},
      credentials: {},
      settings: {},
    },
  };
}

export function rectOf(draft: Definition, node: WorkflowNode): Rect {
  return { ...node.position, ...roughSize(node, draft.edges) };
}

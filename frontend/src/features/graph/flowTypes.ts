import type { Edge, Node } from "@xyflow/react";
import type { NodeType, WorkflowEdge, WorkflowNode } from "@/domain/definition";
import type { Handles } from "@/domain/handles";

/** What a node on the canvas is drawn from. It keeps its identity while none of this changes. */
export interface NodeViewData extends Record<string, unknown> {
  readonly node: WorkflowNode;
  readonly type: NodeType | undefined;
  readonly handles: Handles;
  readonly pinned: number | null;
  /** Labels of the nodes before and behind it, for its name. */
  readonly from: string;
  readonly to: string;
}

export interface EdgeViewData extends Record<string, unknown> {
  readonly edge: WorkflowEdge;
  /** It brings the body of a loop back to it. */
  readonly isBack: boolean;
  /** One of its ends is a handle that is not there any more. */
  readonly isMissing: boolean;
  /** It passes through a node that is disabled. */
  readonly isDisabled: boolean;
  readonly isError: boolean;
  /** It leads from a helper into a slot: nothing flows along it. */
  readonly isBeside: boolean;
}

export type FlowNode = Node<NodeViewData, "node" | "note">;
export type FlowEdge = Edge<EdgeViewData, "edge">;

import type { WorkflowNode } from "@/domain/definition";
import { sizeOf } from "@/domain/geometry";
import type { Handles } from "@/domain/handles";
import { placeHandles } from "./handlePlaces";

interface FarHandlesProps {
  readonly node: WorkflowNode;
  readonly handles: Handles;
}

/** Where the handles are, for the canvas library, which looks for them in the page. Nothing is seen or asked of them. */
export function FarHandles({ node, handles }: FarHandlesProps) {
  return placeHandles(handles, sizeOf(node, handles)).map(({ handle, kind, position, x, y }) => (
    <span
      key={`${kind}:${handle.name}`}
      className={`graph-far-handle ${kind}`}
      data-handleid={handle.name}
      data-handlepos={position}
      style={{ left: x, top: y }}
    />
  ));
}

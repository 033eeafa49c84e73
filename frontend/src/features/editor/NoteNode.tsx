import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { cx } from "@/ui/cx";
import type { CanvasNode } from "./nodeData";

/** A note: text behind the nodes. */
export const NoteNode = memo(function NoteNode({ data, selected }: NodeProps<CanvasNode>) {
  const text = data.node.data.params.text;
  return (
    <div
      className={cx(
        "h-full w-full overflow-hidden whitespace-pre-wrap break-words rounded-node border bg-raised p-3",
        selected && "border-2 border-accent",
      )}
    >
      {typeof text === "string" ? text : ""}
    </div>
  );
});

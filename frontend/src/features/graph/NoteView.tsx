import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo, useState } from "react";
import { cx } from "@/ui/cx";
import { Markdown } from "@/ui/Markdown";
import { copy } from "./copy";
import type { FlowNode } from "./flowTypes";
import { useGraph, useGraphActions } from "./graphStore";
import { nodeElementId } from "./nodeText";
import { NOTE_TINTS } from "./noteTints";

const MIN = { width: 128, height: 64 };

/** A sticky note: Markdown behind the nodes. A double click writes it. */
export const NoteView = memo(function NoteView({ id, data, selected }: NodeProps<FlowNode>) {
  const actions = useGraphActions();
  const isFar = useGraph((state) => state.isFar);
  const step = useGraph((state) => (state.hits === null ? undefined : state.hits.has(id) ? "hit" : "miss"));
  const [isWriting, setIsWriting] = useState(false);
  const { text, color } = data.node.data.params;
  const written = typeof text === "string" ? text : "";
  const tint = NOTE_TINTS.find((name) => name === color) ?? "yellow";
  return (
    <>
      {actions && selected ? (
        <NodeResizer
          minWidth={MIN.width}
          minHeight={MIN.height}
          lineClassName="graph-resize-line"
          handleClassName="graph-resize-handle"
          onResizeEnd={(_, { x, y, width, height }) => actions.resizeNote(id, { x, y, width, height })}
        />
      ) : null}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls */}
      <div
        id={nodeElementId(id)}
        role="group"
        aria-roledescription={copy.node}
        aria-label={`${copy.note}: ${written.slice(0, 200)}`}
        data-tint={tint}
        data-step={step}
        className={cx("graph-note", selected && "is-selected")}
        onDoubleClick={() => actions && setIsWriting(true)}
      >
        {isWriting ? (
          <textarea
            // biome-ignore lint/a11y/noAutofocus: writing was asked for by a double click
            autoFocus
            aria-label={copy.noteText}
            defaultValue={written}
            className="nodrag nopan nowheel"
            onBlur={(event) => {
              setIsWriting(false);
              if (event.target.value !== written) actions?.setNoteText(id, event.target.value);
            }}
            onKeyDown={(event) => {
              if (event.key !== "Escape") return;
              event.stopPropagation();
              event.currentTarget.blur();
            }}
          />
        ) : isFar ? null : written ? (
          <Markdown text={written} />
        ) : (
          <p className="text-muted">{copy.emptyNote}</p>
        )}
      </div>
    </>
  );
});

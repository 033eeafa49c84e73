import { Handle } from "@xyflow/react";
import { Plus } from "lucide-react";
import { sizeOf } from "@/domain/geometry";
import type { Handles } from "@/domain/handles";
import { cx } from "@/ui/cx";
import { copy } from "./copy";
import { useGraphActions } from "./graphStore";
import { placeHandles } from "./handlePlaces";

interface NodeHandlesProps {
  readonly nodeId: string;
  readonly label: string;
  readonly handles: Handles;
  readonly isNear: boolean;
  readonly isSelected: boolean;
}

const NO_NOTE = { type: "" } as Parameters<typeof sizeOf>[0]; // its type alone is looked at: notes have no handles

/** The dots that connections start and end at; each has a name where a side has two or more. */
export function NodeHandles({ nodeId, label, handles, isNear, isSelected }: NodeHandlesProps) {
  const actions = useGraphActions();
  const placed = placeHandles(handles, sizeOf(NO_NOTE, handles));
  const named = (kind: "source" | "target") =>
    placed.filter((one) => one.kind === kind && !one.handle.isIdle && one.handle.gives === "items").length > 1;
  const names = { source: named("source"), target: named("target") };
  return placed.map((one) => {
    const { handle, kind, position, x, y } = one;
    const isSlot = handle.gives !== "items";
    const hasName = isNear && (names[kind] || handle.isError || isSlot);
    // A slot has its plus as long as there is room in it; what a helper gives is led to a slot, not on to a step.
    const isOpen = isSlot ? handle.multiple || !handle.connected : !handle.connected;
    const hasPlus = isNear && actions !== null && isOpen && !handle.isError && isSlot === (kind === "target");
    return (
      <Handle
        key={`${kind}:${handle.name}`}
        id={handle.name}
        type={kind}
        position={position}
        style={{ left: x, top: y }}
        className={cx(
          "graph-handle",
          isSlot && "is-slot",
          isSlot && kind === "source" && "is-above",
          handle.isError && "is-error",
          handle.isIdle && "is-idle",
          isSelected && "is-shown",
          handle.missing && "is-missing",
        )}
      >
        {hasName ? <span className="graph-handle-name">{handle.label}</span> : null}
        {hasPlus ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={isSlot ? copy.addBeside(handle.label, label) : copy.addAfter(label)}
            className={cx("graph-plus nodrag nopan", hasName && !isSlot && "is-named", isSlot && "is-below")}
            onMouseDown={(event) => event.stopPropagation()}
            onClick={(event) => {
              event.stopPropagation();
              if (isSlot) actions.addBeside(nodeId, handle.name);
              else actions.addAfter(nodeId, handle.name);
            }}
          >
            <Plus aria-hidden="true" size={12} strokeWidth={2.5} />
          </button>
        ) : null}
      </Handle>
    );
  });
}

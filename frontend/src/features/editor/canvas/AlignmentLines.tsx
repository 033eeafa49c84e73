import { ViewportPortal } from "@xyflow/react";
import { useGraph } from "@/features/graph";

/** Where a dragged node stands level with its neighbours. */
export function AlignmentLines() {
  const lines = useGraph((state) => state.lines);
  if (lines.length === 0) return null;
  return (
    <ViewportPortal>
      {lines.map(({ axis, at, from, to }) => (
        <div
          key={`${axis}:${at}:${from}:${to}`}
          className="pointer-events-none absolute bg-accent"
          style={
            axis === "x"
              ? { left: at, top: from, width: 1, height: to - from }
              : { left: from, top: at, width: to - from, height: 1 }
          }
        />
      ))}
    </ViewportPortal>
  );
}

import { MiniMap, Panel, useReactFlow } from "@xyflow/react";
import { Map as MapIcon, Maximize, Minus, Plus } from "lucide-react";
import { useContext } from "react";
import { RunStoreContext } from "@/features/liveRun";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";
import type { FlowNode } from "./flowTypes";

const ICON = { size: 16, strokeWidth: 1.75 } as const;
const STATUS_COLORS: Readonly<Record<string, string>> = {
  running: "var(--run)",
  retrying: "var(--warn)",
  waiting: "var(--wait)",
  completed: "var(--ok)",
  failed: "var(--err)",
};
const MS = 240;

interface GraphControlsProps {
  readonly hasMinimap: boolean;
  readonly onToggleMinimap: () => void;
}

/** Zoom and minimap, at the lower right. */
export function GraphControls({ hasMinimap, onToggleMinimap }: GraphControlsProps) {
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  const run = useContext(RunStoreContext);
  const colorOf = (node: FlowNode) =>
    node.type === "note"
      ? "transparent"
      : (STATUS_COLORS[run.getState().byNode.get(node.id)?.status ?? ""] ?? "var(--control)");
  return (
    <>
      {hasMinimap ? (
        <MiniMap<FlowNode>
          pannable
          zoomable
          nodeColor={colorOf}
          nodeBorderRadius={8}
          ariaLabel={copy.minimap}
          className="mb-13! overflow-hidden rounded-node border shadow-low"
        />
      ) : null}
      <Panel position="bottom-right" className="flex items-center rounded-node border bg-surface p-0.5 shadow-low">
        <IconButton
          label={hasMinimap ? copy.noMinimap : copy.minimap}
          shortcut="M"
          side="top"
          aria-pressed={hasMinimap}
          icon={<MapIcon {...ICON} />}
          onClick={onToggleMinimap}
        />
        <IconButton
          label={copy.zoomOut}
          shortcut="-"
          side="top"
          icon={<Minus {...ICON} />}
          onClick={() => void zoomOut({ duration: MS })}
        />
        <IconButton
          label={copy.fit}
          shortcut="1"
          side="top"
          icon={<Maximize {...ICON} />}
          onClick={() => void fitView({ duration: MS, padding: 0.15, maxZoom: 1 })}
        />
        <IconButton
          label={copy.zoomIn}
          shortcut="+"
          side="top"
          icon={<Plus {...ICON} />}
          onClick={() => void zoomIn({ duration: MS })}
        />
      </Panel>
    </>
  );
}

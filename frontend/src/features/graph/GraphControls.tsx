import { Panel, useReactFlow } from "@xyflow/react";
import { Map as MapIcon, Maximize, Minus, Plus } from "lucide-react";
import { lazy, Suspense } from "react";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";
import { FIT } from "./fit";

const Minimap = lazy(async () => ({ default: (await import("./Minimap")).Minimap }));

const ICON = { size: 16, strokeWidth: 1.75 } as const;
const MS = 240;

interface GraphControlsProps {
  readonly hasMinimap: boolean;
  readonly onToggleMinimap: () => void;
}

/** Zoom and minimap, at the lower right. */
export function GraphControls({ hasMinimap, onToggleMinimap }: GraphControlsProps) {
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  return (
    <>
      <Suspense>{hasMinimap ? <Minimap /> : null}</Suspense>
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
          onClick={() => void fitView({ ...FIT, duration: MS })}
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

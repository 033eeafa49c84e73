import { Panel, useReactFlow } from "@xyflow/react";
import { Maximize, Minus, Plus, ZoomIn } from "lucide-react";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";

const ICON = { size: 16, strokeWidth: 1.75 } as const;

/** Add a node, zoom, fit. */
export function CanvasTools({ openPalette }: { readonly openPalette: () => void }) {
  const flow = useReactFlow();
  return (
    <>
      <Panel position="top-left">
        <Button variant="secondary" icon={<Plus {...ICON} />} onClick={openPalette}>
          {copy.add}
        </Button>
      </Panel>
      <Panel position="bottom-right">
        <div className="flex rounded-control border bg-surface shadow-low">
          <IconButton label={copy.zoomOut} side="top" icon={<Minus {...ICON} />} onClick={() => void flow.zoomOut()} />
          <IconButton label={copy.zoomIn} side="top" icon={<ZoomIn {...ICON} />} onClick={() => void flow.zoomIn()} />
          <IconButton
            label={copy.fit}
            side="top"
            icon={<Maximize {...ICON} />}
            onClick={() => void flow.fitView({ maxZoom: 1, padding: 0.1 })}
          />
        </div>
      </Panel>
    </>
  );
}

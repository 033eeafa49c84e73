import { useState } from "react";
import type { RunState } from "@/domain/runState";
import { RunLog } from "@/features/runLog";
import { Splitter } from "@/ui/Splitter";
import { Tabs } from "@/ui/Tabs";
import { copy } from "../copy";
import type { Choice } from "./choice";
import { Timeline } from "./Timeline";

interface RunPanelsProps {
  readonly id: string;
  readonly run: RunState;
  readonly choice: Choice | null;
  readonly onChoose: (choice: Choice) => void;
}

type Part = "timeline" | "logs";
const MIN = 140;
const MAX = 640;

/** The height stays while the page is open. */
let kept = 280;

/** What ran, in time, and what it logged. */
export function RunPanels({ id, run, choice, onChoose }: RunPanelsProps) {
  const [part, setPart] = useState<Part>("timeline");
  const [height, setHeight] = useState(kept);
  return (
    <>
      <div className="flex flex-col max-md:hidden md:max-lg:col-span-full">
        <Splitter
          orientation="horizontal"
          label={copy.panelHeight}
          size={height}
          min={MIN}
          max={MAX}
          isPanelAfter
          onResize={(next) => {
            kept = next;
            setHeight(next);
          }}
        />
      </div>
      <section
        aria-label={copy.panels}
        style={{ height }}
        className="flex shrink-0 flex-col bg-surface max-md:h-auto! max-md:max-h-[60dvh] md:max-lg:min-h-[45dvh]"
      >
        <Tabs<Part>
          label={copy.panels}
          className="flex-1"
          contentClassName="flex flex-col"
          value={part}
          onChange={setPart}
          tabs={[
            {
              value: "timeline",
              label: copy.timeline,
              content: <Timeline run={run} choice={choice} onChoose={onChoose} />,
            },
            {
              value: "logs",
              label: copy.logs,
              content: <RunLog id={id} run={run} nodeId={choice?.nodeId ?? null} onChoose={onChoose} />,
            },
          ]}
        />
      </section>
    </>
  );
}

import { ExternalLink, X } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link } from "react-router";
import { useStore } from "zustand";
import { useLiveRun } from "@/features/liveRun";
import { IconButton } from "@/ui/IconButton";
import { Splitter } from "@/ui/Splitter";
import { StatusBadge } from "@/ui/StatusBadge";
import { Tabs } from "@/ui/Tabs";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, select, useEditor } from "../editorStore";
import { RunTimeline } from "./RunTimeline";

type Part = "output" | "logs";

/** Data views come with the first run. */
const RunOutput = lazy(async () => ({ default: (await import("./RunOutput")).RunOutput }));
const RunLog = lazy(async () => ({ default: (await import("@/features/runLog")).RunLog }));

const MIN = 120;
const MAX = 640;

/** What ran, in order, why it failed or waits, and what it logged. A click selects the node on the canvas. */
export function RunPanel() {
  const { workflowId, runner } = useEditorContext();
  const [part, setPart] = useState<Part>("output");
  const height = useEditor((state) => state.runPanelHeight);
  const executionId = useStore(runner.state, (state) => state.executionId);
  const run = useLiveRun((live) => live.run);
  const chosen = useEditor((state) => (state.selection.nodes.size === 1 ? [...state.selection.nodes][0] : undefined));
  return (
    <>
      <Splitter
        orientation="horizontal"
        label={copy.runPanelHeight}
        size={height}
        min={MIN}
        max={MAX}
        isPanelAfter
        onResize={(runPanelHeight) => editorStore.setState({ runPanelHeight })}
      />
      <section aria-label={copy.runPanel} style={{ height }} className="flex shrink-0 flex-col bg-surface">
        <header className="flex h-10 shrink-0 items-center gap-3 border-b px-3">
          <h2 className="font-semibold">{copy.runPanel}</h2>
          {run.status ? <StatusBadge status={run.status} /> : null}
          {run.waiting ? <span className="truncate text-muted">{copy.waitsFor(run.waiting.reason)}</span> : null}
          <span className="min-w-0 flex-1 truncate text-err" title={run.error?.message}>
            {run.error?.message}
          </span>
          {executionId ? (
            <Link
              to={`/workflows/${workflowId}/runs/${executionId}`}
              className="inline-flex items-center gap-1.5 text-accent hover:underline"
            >
              <ExternalLink aria-hidden="true" size={14} strokeWidth={1.75} />
              {copy.openRun}
            </Link>
          ) : null}
          <IconButton
            label={copy.close}
            shortcut="L"
            side="top"
            icon={<X size={16} strokeWidth={1.75} />}
            onClick={() => editorStore.setState({ isRunPanelOpen: false })}
          />
        </header>
        {executionId === null ? (
          <p className="p-4 text-muted">{copy.noRun}</p>
        ) : (
          <div className="grid min-h-0 flex-1 grid-cols-2 max-md:grid-cols-1">
            <RunTimeline />
            <Tabs<Part>
              label={copy.runDetails}
              value={part}
              onChange={setPart}
              className="border-l max-md:border-t max-md:border-l-0"
              tabs={[
                {
                  value: "output",
                  label: copy.output,
                  content: (
                    <Suspense>
                      <RunOutput nodeId={chosen ?? null} />
                    </Suspense>
                  ),
                },
                {
                  value: "logs",
                  label: copy.logs,
                  content: (
                    <Suspense>
                      <RunLog
                        id={executionId}
                        run={run}
                        nodeId={chosen ?? null}
                        onChoose={({ nodeId }) => select([nodeId])}
                      />
                    </Suspense>
                  ),
                },
              ]}
            />
          </div>
        )}
      </section>
    </>
  );
}

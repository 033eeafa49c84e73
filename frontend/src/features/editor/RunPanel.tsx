import { X } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { RunState } from "@/domain/runState";
import { documentStore, useDocument } from "@/features/document";
import { IconButton } from "@/ui/IconButton";
import { StatusBadge } from "@/ui/StatusBadge";
import { Tabs } from "@/ui/Tabs";
import { copy } from "./copy";

interface RunPanelProps {
  readonly run: RunState;
  readonly onClose: () => void;
}

/** Data views come with the first run. */
const RunOutput = lazy(async () => ({ default: (await import("./RunOutput")).RunOutput }));

/** What ran, in order, why it failed or waits, what the selected node gave, and what was logged. A click selects the node. */
export function RunPanel({ run, onClose }: RunPanelProps) {
  const [tab, setTab] = useState<"output" | "logs">("output");
  const only = useDocument((state) => (state.selected.length === 1 ? (state.selected[0] ?? null) : null));
  const rows = [...run.runs.values()];
  return (
    <section aria-label={copy.lastRun} className="flex h-60 shrink-0 flex-col border-t bg-surface">
      <header className="flex items-center gap-3 border-b px-3 py-1">
        <h2 className="font-semibold">{copy.lastRun}</h2>
        {run.status ? <StatusBadge status={run.status} /> : null}
        {run.waiting ? <span className="text-muted">{copy.waitsFor(run.waiting.reason)}</span> : null}
        {run.error ? <span className="min-w-0 flex-1 truncate text-err">{run.error.message}</span> : null}
        <span className="flex-1" />
        <IconButton label={copy.closePanel} icon={<X size={16} strokeWidth={1.75} />} onClick={onClose} />
      </header>
      <div className="grid min-h-0 flex-1 grid-cols-2 max-md:grid-cols-1">
        <ol className="overflow-y-auto">
          {rows.map((row) => (
            <li key={`${row.nodeId}:${row.path}`}>
              <button
                type="button"
                onClick={() => documentStore.getState().select([row.nodeId])}
                className="flex w-full items-center gap-3 px-3 py-1 text-left hover:bg-raised"
              >
                <StatusBadge status={row.status} />
                <span className="min-w-0 flex-1 truncate">
                  {row.label}
                  {row.path ? <span className="text-muted">{` · ${row.path}`}</span> : null}
                  {row.error ? <span className="text-err">{` · ${row.error.message}`}</span> : null}
                </span>
              </button>
            </li>
          ))}
        </ol>
        <Tabs<"output" | "logs">
          label={copy.runDetails}
          value={tab}
          onChange={setTab}
          className="border-l max-md:border-t max-md:border-l-0"
          tabs={[
            {
              value: "output",
              label: copy.output,
              content: (
                <Suspense>
                  <RunOutput run={run} nodeId={only} />
                </Suspense>
              ),
            },
            { value: "logs", label: copy.logs, content: <Logs lines={run.logs} /> },
          ]}
        />
      </div>
    </section>
  );
}

function Logs({ lines }: { readonly lines: RunState["logs"] }) {
  if (lines.length === 0) return <p className="p-3 text-muted">{copy.noLogs}</p>;
  return (
    <div className="p-3 font-mono text-meta">
      {lines.map((line) => (
        <p key={line.seq} className="whitespace-pre-wrap break-words">
          {line.message}
        </p>
      ))}
    </div>
  );
}

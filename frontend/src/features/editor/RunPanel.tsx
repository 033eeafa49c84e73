import { X } from "lucide-react";
import type { RunState } from "@/domain/runState";
import { documentStore } from "@/features/document";
import { IconButton } from "@/ui/IconButton";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "./copy";

interface RunPanelProps {
  readonly run: RunState;
  readonly onClose: () => void;
}

/** What ran, in order, why it failed or waits, and what it logged. A click selects the node. */
export function RunPanel({ run, onClose }: RunPanelProps) {
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
        <div className="overflow-y-auto border-l p-3 font-mono text-meta">
          {run.logs.length === 0 ? <p className="font-sans text-muted">{copy.noLogs}</p> : null}
          {run.logs.map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added at the end.
            <p key={at} className="whitespace-pre-wrap break-words">
              {line.message}
            </p>
          ))}
        </div>
      </div>
    </section>
  );
}

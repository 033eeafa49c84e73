import { cx } from "@/ui/cx";
import { Duration } from "@/ui/Duration";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "./copy";
import type { NodeRun } from "./queries";

interface TimelineProps {
  readonly runs: readonly NodeRun[];
  readonly chosen: string | undefined;
  readonly onChoose: (run: NodeRun) => void;
}

const BARS: Readonly<Record<string, string>> = {
  completed: "bg-ok",
  failed: "bg-err",
  running: "bg-run",
  waiting: "bg-wait",
};

/** Node runs in the order of their start, each with a bar where it stands in time. */
export function Timeline({ runs, chosen, onChoose }: TimelineProps) {
  if (runs.length === 0) return <p className="p-4 text-muted">{copy.noNodes}</p>;
  const starts = runs.map((run) => Date.parse(run.started_at));
  const first = Math.min(...starts);
  const ends = runs.map((run, at) => (starts[at] ?? first) + (run.duration_ms ?? 0));
  const whole = Math.max(1, Math.max(...ends) - first);
  return (
    <ol aria-label={copy.timeline}>
      {runs.map((run, at) => (
        <li key={run.id}>
          <button
            type="button"
            aria-current={run.id === chosen}
            onClick={() => onChoose(run)}
            className={cx(
              "flex w-full flex-col gap-1 border-b px-4 py-2 text-left -outline-offset-2 hover:bg-raised/60",
              run.id === chosen && "bg-accent-tint",
            )}
          >
            <span className="flex items-center gap-2">
              <span className="min-w-0 flex-1 truncate font-medium">{run.node_label}</span>
              {run.path ? <span className="text-meta text-muted">{run.path}</span> : null}
              <StatusBadge status={run.status} />
              <span className="w-16 text-right text-muted">
                <Duration ms={run.duration_ms} since={run.status === "running" ? run.started_at : null} />
              </span>
            </span>
            <span className="block h-1 w-full rounded-full bg-raised">
              <span
                className={cx("block h-1 min-w-1 rounded-full", BARS[run.status] ?? "bg-skip")}
                style={{
                  marginLeft: `${Math.min(99, (((starts[at] ?? first) - first) / whole) * 100)}%`,
                  width: `${Math.min(100, ((run.duration_ms ?? 0) / whole) * 100)}%`,
                }}
              />
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

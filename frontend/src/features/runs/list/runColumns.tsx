import { Link } from "react-router";
import type { Column } from "@/ui/DataTable";
import { Duration } from "@/ui/Duration";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { copy } from "../copy";
import { isActive, type RunSummary } from "../queries";
import { runPath } from "../runPath";

const MODES: Readonly<Record<string, string>> = { test: copy.modeTest, partial: copy.modePartial };

/** The columns of the list of runs. */
export const runColumns: readonly Column<RunSummary>[] = [
  {
    id: "workflow",
    header: copy.workflow,
    cell: (run) => (
      <div className="min-w-0 max-w-120 max-md:max-w-[46vw]">
        <Link className="block truncate font-medium hover:underline" to={runPath(run)}>
          {run.workflow_name}
        </Link>
        {run.error ? (
          <p className="truncate text-err text-meta" title={run.error.message}>
            {run.error.node_label ? `${run.error.node_label}: ` : null}
            {run.error.message}
          </p>
        ) : null}
        <p className="text-meta text-muted md:hidden">
          <Time at={run.started_at ?? run.created_at} />
        </p>
      </div>
    ),
  },
  {
    id: "status",
    header: copy.status,
    cell: ({ status, progress }) => (
      <span className="flex items-center gap-2">
        <StatusBadge status={status} />
        {isActive(status) && progress.total > 0 ? (
          <span className="text-meta text-muted tabular-nums">{`${progress.done} / ${progress.total}`}</span>
        ) : null}
      </span>
    ),
  },
  {
    id: "trigger",
    header: copy.trigger,
    isSecondary: true,
    cell: ({ trigger, mode, retry_of_id }) => (
      <span className="flex flex-wrap gap-x-2">
        <span>{copy.triggers[trigger]}</span>
        <span className="text-muted">{retry_of_id ? copy.isRerun : MODES[mode]}</span>
      </span>
    ),
  },
  {
    id: "started",
    header: copy.started,
    isSecondary: true,
    cell: (run) => <Time at={run.started_at ?? run.created_at} />,
  },
  {
    id: "duration",
    header: copy.duration,
    isSecondary: true,
    cell: (run) => <Duration ms={run.duration_ms} since={isActive(run.status) ? run.started_at : null} />,
  },
  {
    id: "cost",
    header: copy.cost,
    isSecondary: true,
    cell: ({ cost_usd }) => (
      <span className="text-muted tabular-nums">{Number(cost_usd) > 0 ? `$${Number(cost_usd).toFixed(4)}` : "–"}</span>
    ),
  },
];

import { asProblem } from "@/api";
import { Badge } from "@/ui/Badge";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Time } from "@/ui/Time";
import type { Tone } from "@/ui/tones";
import { copy } from "./copy";
import { useWorkers, type Worker } from "./queries";

const TONES: Readonly<Record<Worker["status"], Tone>> = { working: "ok", standing: "warn", silent: "err" };

const columns: readonly Column<Worker>[] = [
  {
    id: "name",
    header: copy.name,
    cell: ({ name, kind }) => (
      <div className="min-w-0">
        <p className="break-all font-medium">{name}</p>
        <p className="text-meta text-muted">{copy.kinds[kind]}</p>
      </div>
    ),
  },
  {
    id: "state",
    header: copy.state,
    cell: ({ status, standing }) => (
      <div className="min-w-0">
        <Badge tone={TONES[status]}>{copy.states[status]}</Badge>
        {standing.map(({ part, why }) => (
          <p key={part} className="break-words text-meta text-warn">{`${part}: ${why}`}</p>
        ))}
      </div>
    ),
  },
  { id: "queues", header: copy.queues, isSecondary: true, cell: ({ queues }) => queues.join(", ") || "–" },
  { id: "holds", header: copy.holds, isSecondary: true, cell: ({ runs, node_jobs }) => copy.runs(runs, node_jobs) },
  { id: "heard", header: copy.heard, cell: ({ beat_at }) => <Time at={beat_at} /> },
];

/** The processes that run workflows. */
export function Workers() {
  const workers = useWorkers();
  return (
    <section aria-label={copy.workers} className="flex flex-col gap-2">
      <h3 className="font-semibold text-body">{copy.workers}</h3>
      <div className="overflow-hidden rounded-node has-[table]:border-x">
        <DataTable
          label={copy.workers}
          columns={columns}
          rows={workers.data}
          rowId={(row) => row.id}
          problem={workers.error ? asProblem(workers.error) : null}
          onRetry={() => void workers.refetch()}
          empty={<EmptyState title={copy.workersEmpty} />}
        />
      </div>
    </section>
  );
}

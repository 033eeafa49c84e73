import { useState } from "react";
import { Link } from "react-router";
import { asProblem } from "@/api";
import { Badge } from "@/ui/Badge";
import { DataTable } from "@/ui/DataTable";
import { Pagination } from "@/ui/Pagination";
import { Time } from "@/ui/Time";
import type { Tone } from "@/ui/tones";
import { copy } from "./copy";
import { OCCURRENCES_PAGE, type Occurrence, type Schedule, useOccurrences } from "./queries";

const TONES: Readonly<Record<Occurrence["outcome"], Tone>> = { started: "ok", skipped: "skip", missed: "warn" };

/** The times a schedule was due, and what came of each. */
export function Occurrences({ schedule: { id, workflow_id } }: { readonly schedule: Schedule }) {
  const [page, setPage] = useState(1);
  const list = useOccurrences(id, page);
  return (
    <section aria-label={copy.occurrences} className="-mx-4">
      <h3 className="px-4 pb-2 font-medium">{copy.occurrences}</h3>
      <DataTable
        label={copy.occurrences}
        columns={[
          { id: "due", header: copy.due, cell: ({ due_at }) => <Time at={due_at} isAbsolute /> },
          {
            id: "outcome",
            header: copy.outcome,
            cell: ({ outcome }) => <Badge tone={TONES[outcome]}>{copy.outcomes[outcome]}</Badge>,
          },
          {
            id: "run",
            header: copy.run,
            cell: ({ execution_id }) =>
              execution_id ? (
                <Link
                  className="text-accent hover:underline"
                  to={`/workflows/${encodeURIComponent(workflow_id)}/runs/${execution_id}`}
                >
                  {copy.openRun}
                </Link>
              ) : (
                <span className="text-muted">–</span>
              ),
          },
        ]}
        rows={list.data?.results}
        rowId={(row) => row.due_at}
        problem={list.error ? asProblem(list.error) : null}
        onRetry={() => void list.refetch()}
        empty={<p className="px-4 text-muted">{copy.noOccurrences}</p>}
      />
      <Pagination
        page={page}
        pageSize={OCCURRENCES_PAGE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={setPage}
      />
    </section>
  );
}

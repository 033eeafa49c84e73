import { useState } from "react";
import { Link } from "react-router";
import { asProblem } from "@/api";
import { useFilters } from "@/features/screen";
import { type Column, DataTable } from "@/ui/DataTable";
import { Duration } from "@/ui/Duration";
import { Pagination } from "@/ui/Pagination";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { type Case, PAGE_SIZE, type Result, useResults } from "./queries";
import { ResultBadge } from "./ResultBadge";
import { ResultDialog } from "./ResultDialog";

interface ResultsProps {
  readonly workflowId: string;
  readonly cases: readonly Case[];
}

function columnsOf(nameOf: (result: Result) => string, onOpen: (result: Result) => void): Column<Result>[] {
  return [
    {
      id: "test",
      header: copy.test,
      cell: (row) => (
        <button
          type="button"
          aria-label={copy.open(nameOf(row))}
          className="text-left font-medium hover:underline"
          onClick={() => onOpen(row)}
        >
          {nameOf(row)}
          {row.differences.length > 0 ? (
            <span className="block font-normal text-err text-meta">{copy.differences(row.differences.length)}</span>
          ) : null}
        </button>
      ),
    },
    { id: "result", header: copy.result, cell: ({ status }) => <ResultBadge status={status} /> },
    {
      id: "version",
      header: copy.version,
      isSecondary: true,
      cell: ({ version }) => version ?? <span className="text-muted">{copy.draft}</span>,
    },
    {
      id: "duration",
      header: copy.duration,
      isSecondary: true,
      cell: ({ duration_ms, status, created_at }) => (
        <Duration ms={duration_ms} since={status === "running" ? created_at : null} />
      ),
    },
    { id: "started", header: copy.started, isSecondary: true, cell: ({ created_at }) => <Time at={created_at} /> },
    {
      id: "run",
      header: "",
      cell: ({ workflow_id, execution_id }) =>
        execution_id ? (
          <Link
            className="whitespace-nowrap text-accent hover:underline"
            to={`/workflows/${encodeURIComponent(workflow_id)}/runs/${execution_id}`}
          >
            {copy.openRun}
          </Link>
        ) : null,
    },
  ];
}

/** Results of a workflow's tests, the newest first. */
export function Results({ workflowId, cases }: ResultsProps) {
  const filters = useFilters([]);
  const list = useResults(workflowId, filters.page);
  const [opened, setOpened] = useState<Result>();
  const nameOf = (result: Result) => cases.find((one) => one.id === result.test_case_id)?.name ?? copy.adHoc;
  return (
    <section aria-label={copy.results} className="pt-6">
      <h2 className="px-6 pb-2 font-semibold text-panel max-md:px-4">{copy.results}</h2>
      <DataTable
        label={copy.results}
        columns={columnsOf(nameOf, setOpened)}
        rows={list.data?.results}
        rowId={(row) => row.id}
        problem={list.error ? asProblem(list.error) : null}
        onRetry={() => void list.refetch()}
        empty={<p className="px-6 text-muted max-md:px-4">{copy.resultsEmpty}</p>}
      />
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {opened ? <ResultDialog name={nameOf(opened)} result={opened} onClose={() => setOpened(undefined)} /> : null}
    </section>
  );
}

import { Link, useSearchParams } from "react-router";
import { asProblem } from "@/api";
import { type Column, DataTable } from "@/ui/DataTable";
import { Duration } from "@/ui/Duration";
import { EmptyState } from "@/ui/EmptyState";
import { FilterBar } from "@/ui/FilterBar";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { Select } from "@/ui/Select";
import { StatusBadge } from "@/ui/StatusBadge";
import { statusLook } from "@/ui/statusLook";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { isActive, PAGE_SIZE, type RunFilters, type RunSummary, useRuns } from "./queries";

const STATUSES: readonly RunSummary["status"][] = [
  "pending",
  "running",
  "waiting",
  "paused",
  "completed",
  "failed",
  "timeout",
  "cancelled",
];
const TRIGGERS: readonly RunSummary["trigger"][] = [
  "manual",
  "api",
  "webhook",
  "schedule",
  "form",
  "chat",
  "event",
  "sub_workflow",
];

const columns: readonly Column<RunSummary>[] = [
  {
    id: "workflow",
    header: copy.workflow,
    cell: ({ id, workflow_id, workflow_name, error }) => (
      <div className="min-w-0 max-w-120">
        <Link
          className="block truncate font-medium hover:underline"
          to={`/workflows/${workflow_id ?? "-"}/runs/${encodeURIComponent(id)}`}
        >
          {workflow_name}
        </Link>
        {error ? <p className="truncate text-err text-meta">{error.message}</p> : null}
      </div>
    ),
  },
  { id: "status", header: copy.status, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "trigger", header: copy.trigger, isSecondary: true, cell: ({ trigger }) => trigger.replaceAll("_", " ") },
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
];

function filtersOf(params: URLSearchParams): RunFilters {
  return {
    status: STATUSES.find((one) => one === params.get("status")) ?? "",
    trigger: TRIGGERS.find((one) => one === params.get("trigger")) ?? "",
    workflow: params.get("workflow") ?? "",
    page: Math.max(1, Number(params.get("page")) || 1),
  };
}

/** All runs; the filters stand in the address. */
export function RunsScreen() {
  const [params, setParams] = useSearchParams();
  const filters = filtersOf(params);
  const list = useRuns(filters);
  const set = (name: string, value: string) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (name !== "page") next.delete("page");
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  const isFiltered = filters.status !== "" || filters.trigger !== "" || filters.workflow !== "";
  return (
    <div>
      <title>{`${copy.title} · ${copy.product}`}</title>
      <PageHeader title={copy.title} />
      <FilterBar onClear={isFiltered ? () => setParams({}) : undefined}>
        <Select
          aria-label={copy.status}
          className="max-w-40"
          value={filters.status}
          options={[
            { value: "" as const, label: copy.anyStatus },
            ...STATUSES.map((value) => ({ value, label: statusLook(value).label })),
          ]}
          onChange={(value) => set("status", value)}
        />
        <Select
          aria-label={copy.trigger}
          className="max-w-40"
          value={filters.trigger}
          options={[
            { value: "" as const, label: copy.anyTrigger },
            ...TRIGGERS.map((value) => ({ value, label: value.replaceAll("_", " ") })),
          ]}
          onChange={(value) => set("trigger", value)}
        />
      </FilterBar>
      <DataTable
        label={copy.title}
        columns={columns}
        rows={list.data?.results}
        rowId={(row) => row.id}
        problem={list.error ? asProblem(list.error) : null}
        onRetry={() => void list.refetch()}
        empty={<EmptyState title={isFiltered ? copy.nothing : copy.empty} />}
      />
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={(page) => set("page", String(page))}
      />
    </div>
  );
}

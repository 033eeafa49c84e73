import { Link, useSearchParams } from "react-router";
import { asProblem } from "@/api";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { FilterBar } from "@/ui/FilterBar";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { StatusBadge } from "@/ui/StatusBadge";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { type HumanTask, PAGE_SIZE, type TaskView, useTasks } from "./queries";

const VIEWS: readonly { readonly value: TaskView; readonly label: string }[] = [
  { value: "open", label: copy.open },
  { value: "answered", label: copy.answered },
  { value: "expired", label: copy.expired },
  { value: "all", label: copy.all },
];

const columns: readonly Column<HumanTask>[] = [
  {
    id: "task",
    header: copy.task,
    cell: ({ id, title, workflow_name, expires_at, status }) => (
      <div className="min-w-0 max-w-120">
        <Link className="block py-1 font-medium hover:underline" to={`/inbox/${encodeURIComponent(id)}`}>
          {title}
        </Link>
        <p className="text-meta text-muted">
          {workflow_name}
          {status === "pending" && expires_at ? (
            <span className="md:hidden">
              {` · ${copy.due} `}
              <Time at={expires_at} />
            </span>
          ) : null}
        </p>
      </div>
    ),
  },
  {
    id: "status",
    header: copy.status,
    cell: ({ status }) =>
      status === "pending" ? <StatusBadge status="waiting" label={copy.open} /> : <StatusBadge status={status} />,
  },
  {
    id: "due",
    header: copy.due,
    isSecondary: true,
    cell: ({ expires_at }) => <Time at={expires_at} never={copy.noDeadline} />,
  },
];

/** What workflows ask people, open ones first. */
export function InboxScreen() {
  const [params, setParams] = useSearchParams();
  const view = VIEWS.find(({ value }) => value === params.get("show"))?.value ?? "open";
  const page = Math.max(1, Number(params.get("page")) || 1);
  const list = useTasks(view, page);
  return (
    <div>
      <title>{`${copy.title} · ${copy.product}`}</title>
      <PageHeader title={copy.title} />
      <FilterBar>
        <SegmentedControl
          label={copy.which}
          value={view}
          options={VIEWS}
          onChange={(show) => setParams({ show }, { replace: true })}
        />
      </FilterBar>
      <DataTable
        label={copy.title}
        columns={columns}
        rows={list.data?.results}
        rowId={(row) => row.id}
        problem={list.error ? asProblem(list.error) : null}
        onRetry={() => void list.refetch()}
        empty={<EmptyState title={copy.empty} />}
      />
      <Pagination
        page={page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        onChange={(next) => setParams({ show: view, page: String(next) })}
      />
    </div>
  );
}

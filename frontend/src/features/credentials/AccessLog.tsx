import { useMemo } from "react";
import { Link } from "react-router";
import { asProblem, useSession } from "@/api";
import { useFilters, WorkflowLink } from "@/features/screen";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { FilterBar } from "@/ui/FilterBar";
import { Pagination } from "@/ui/Pagination";
import { Select } from "@/ui/Select";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { type Access, type AccessAction, PAGE_SIZE, useAccessLog } from "./queries";

const ACTIONS: readonly AccessAction[] = [
  "create",
  "read",
  "use",
  "update",
  "delete",
  "verify",
  "refresh",
  "share",
  "denied",
];

function columnsOf(me: string | undefined, hasName: boolean): Column<Access>[] {
  const name: Column<Access> = {
    id: "credential",
    header: copy.credential,
    cell: (row) => (
      <Link className="font-medium hover:underline" to={`/credentials/${row.credential_id}`}>
        {row.credential_name}
      </Link>
    ),
  };
  return [
    ...(hasName ? [name] : []),
    {
      id: "action",
      header: copy.action,
      cell: ({ action, times }) => (
        <span className={action === "denied" ? "text-err" : ""}>
          {copy.actions[action]}
          {times > 1 ? <span className="text-muted"> · {copy.times(times)}</span> : null}
        </span>
      ),
    },
    {
      id: "who",
      header: copy.who,
      isSecondary: true,
      cell: ({ user_id }) =>
        user_id === me ? copy.you : <span className="font-mono text-meta">{user_id ?? "–"}</span>,
    },
    {
      id: "workflow",
      header: copy.workflow,
      isSecondary: true,
      cell: ({ workflow_id, execution_id }) => (
        <span className="flex flex-wrap items-center gap-x-2">
          {workflow_id ? <WorkflowLink id={workflow_id} /> : <span className="text-muted">–</span>}
          {workflow_id && execution_id ? (
            <Link
              className="text-accent text-meta hover:underline"
              to={`/workflows/${workflow_id}/runs/${execution_id}`}
            >
              {copy.run}
            </Link>
          ) : null}
        </span>
      ),
    },
    {
      id: "from",
      header: copy.from,
      isSecondary: true,
      cell: ({ ip }) => <span className="font-mono text-meta">{ip ?? "–"}</span>,
    },
    { id: "when", header: copy.when, cell: ({ last_at }) => <Time at={last_at} /> },
  ];
}

/** What was done with one credential, or with all. */
export function AccessLog({ credential = "" }: { readonly credential?: string }) {
  const { user } = useSession();
  const filters = useFilters(["action"]);
  const action = ACTIONS.find((one) => one === filters.get("action")) ?? "";
  const log = useAccessLog({ credential, action, page: filters.page });
  const columns = useMemo(() => columnsOf(user?.id, credential === ""), [user?.id, credential]);
  return (
    <>
      <FilterBar onClear={action ? () => filters.set("action", "") : undefined}>
        <Select
          aria-label={copy.action}
          className="max-w-44"
          value={action}
          options={[
            { value: "" as const, label: copy.anyAction },
            ...ACTIONS.map((value) => ({ value, label: copy.actions[value] })),
          ]}
          onChange={(value) => filters.set("action", value)}
        />
      </FilterBar>
      <DataTable
        label={copy.accessLog}
        columns={columns}
        rows={log.data?.results}
        rowId={(row) => row.id}
        problem={log.error ? asProblem(log.error) : null}
        onRetry={() => void log.refetch()}
        empty={<EmptyState title={action ? copy.logNothing : copy.logEmpty} />}
      />
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={log.data?.count ?? 0}
        isExact={log.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
    </>
  );
}

import { Blocks, Plus } from "lucide-react";
import { Link } from "react-router";
import { asProblem, useSession } from "@/api";
import { Page, useFilters } from "@/features/screen";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Pagination } from "@/ui/Pagination";
import { SearchInput } from "@/ui/SearchInput";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { Select } from "@/ui/Select";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { NodeState } from "./NodeState";
import { type CustomNode, PAGE_SIZE, type Status, useCustomNodes } from "./queries";

const STATUSES: readonly Status[] = ["draft", "pending", "approved", "rejected"];

function columnsOf(isAll: boolean): Column<CustomNode>[] {
  return [
    {
      id: "name",
      header: copy.name,
      cell: ({ id, name, node_type, description }) => (
        <div className="min-w-0 max-w-120 max-md:max-w-44">
          <Link
            className="block truncate font-medium hover:underline"
            to={`/settings/custom-nodes/${id}${isAll ? "?review=1" : ""}`}
          >
            {name}
          </Link>
          <p className="truncate text-meta text-muted">
            <span className="font-mono">{node_type}</span>
            {description ? ` · ${description}` : ""}
          </p>
        </div>
      ),
    },
    { id: "state", header: copy.state, cell: (row) => <NodeState node={row} /> },
    {
      id: "visible",
      header: copy.visible,
      isSecondary: true,
      cell: ({ is_public }) => (is_public ? copy.everyone : copy.onlyMe),
    },
    { id: "version", header: copy.version, isSecondary: true, cell: ({ version }) => version },
    { id: "changed", header: copy.changed, isSecondary: true, cell: ({ updated_at }) => <Time at={updated_at} /> },
  ];
}

/** One's own node types; administrators see everybody's, to review them. */
export function CustomNodesPage() {
  const { user } = useSession();
  const filters = useFilters(["search", "status", "all"]);
  const isAll = user?.is_staff === true && filters.get("all") !== "";
  const status = STATUSES.find((one) => one === filters.get("status")) ?? "";
  const search = filters.get("search");
  const list = useCustomNodes({ search, status, isAll, page: filters.page });
  const create = (
    <Button variant="primary" asChild>
      <Link to="/settings/custom-nodes/new">
        <Plus aria-hidden="true" size={16} />
        {copy.create}
      </Link>
    </Button>
  );
  return (
    <Page title={copy.title} description={copy.text} isWide actions={create}>
      <search className="flex flex-wrap items-center gap-2">
        <SearchInput label={copy.search} value={search} onChange={(value) => filters.set("search", value)} />
        <Select
          aria-label={copy.status}
          className="max-w-44"
          value={status}
          options={[
            { value: "" as const, label: copy.anyStatus },
            ...STATUSES.map((value) => ({ value, label: copy.statuses[value] })),
          ]}
          onChange={(value) => filters.set("status", value)}
        />
        {user?.is_staff ? (
          <SegmentedControl
            label={copy.whose}
            value={isAll ? "all" : "mine"}
            options={[
              { value: "mine", label: copy.mine },
              { value: "all", label: copy.everybody },
            ]}
            onChange={(value) => filters.set("all", value === "all" ? "1" : "")}
          />
        ) : null}
      </search>
      <div className="overflow-hidden rounded-node has-[table]:border-x">
        <DataTable
          label={copy.title}
          columns={columnsOf(isAll)}
          rows={list.data?.results}
          rowId={(row) => row.id}
          problem={list.error ? asProblem(list.error) : null}
          onRetry={() => void list.refetch()}
          empty={
            search || status ? (
              <EmptyState title={copy.nothing} />
            ) : (
              <EmptyState icon={<Blocks size={24} />} title={copy.empty} />
            )
          }
        />
      </div>
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
    </Page>
  );
}

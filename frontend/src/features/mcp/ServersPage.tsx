import { Plug, Plus } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { asProblem } from "@/api";
import { Page, useFilters } from "@/features/screen";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Pagination } from "@/ui/Pagination";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { type McpServer, SERVERS_PAGE, useServers } from "./queries";
import { ServerDialog } from "./ServerDialog";
import { ServerMenu } from "./ServerMenu";
import { ServerState } from "./ServerState";

const COLUMNS: Column<McpServer>[] = [
  {
    id: "name",
    header: copy.name,
    cell: ({ id, name, scope, command, url }) => (
      <div className="min-w-0 max-w-120 max-md:max-w-36">
        <Link className="block truncate font-medium hover:underline" to={`/settings/mcp-servers/${id}`}>
          {name}
        </Link>
        <p className="truncate text-meta text-muted">
          {command || url}
          {scope === "system" ? ` · ${copy.isSystem}` : ""}
        </p>
      </div>
    ),
  },
  { id: "state", header: copy.state, cell: (row) => <ServerState server={row} /> },
  { id: "tools", header: copy.tools, isSecondary: true, cell: ({ tools_count }) => tools_count ?? "–" },
  {
    id: "asked",
    header: copy.asked,
    isSecondary: true,
    className: "max-lg:hidden",
    cell: ({ tools_cached_at }) => <Time at={tools_cached_at} never={copy.never} />,
  },
  { id: "more", header: "", className: "w-10", cell: (row) => <ServerMenu server={row} /> },
];

/** The MCP servers that a person may use: his own, and everybody's. */
export function ServersPage() {
  const filters = useFilters([]);
  const list = useServers(filters.page);
  const [isAdding, setIsAdding] = useState(false);
  const navigate = useNavigate();
  const add = (
    <Button variant="primary" icon={<Plus size={16} />} onClick={() => setIsAdding(true)}>
      {copy.add}
    </Button>
  );
  const empty = (
    <EmptyState icon={<Plug size={24} />} title={copy.empty}>
      {copy.emptyText}
    </EmptyState>
  );
  return (
    <Page title={copy.title} description={copy.text} isWide actions={add}>
      <div className="overflow-hidden rounded-node has-[table]:border-x">
        <DataTable
          label={copy.title}
          columns={COLUMNS}
          rows={list.data?.results}
          rowId={(row) => row.id}
          problem={list.error ? asProblem(list.error) : null}
          onRetry={() => void list.refetch()}
          empty={empty}
        />
      </div>
      <Pagination
        page={filters.page}
        pageSize={SERVERS_PAGE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {isAdding ? (
        <ServerDialog
          onClose={() => setIsAdding(false)}
          onMade={({ id }) => void navigate(`/settings/mcp-servers/${id}`)}
        />
      ) : null}
    </Page>
  );
}

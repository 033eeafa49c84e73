import { History, KeyRound, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { Link, useNavigate } from "react-router";
import { asProblem } from "@/api";
import { CreateCredentialDialog } from "@/features/inspector";
import { useFilters } from "@/features/screen";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { FilterBar } from "@/ui/FilterBar";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { SearchInput } from "@/ui/SearchInput";
import { Select } from "@/ui/Select";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { HealthBadge } from "./HealthBadge";
import { type Credential, PAGE_SIZE, useCredentialList, useTypes } from "./queries";
import { RowMenu } from "./RowMenu";

function columnsOf(labelOf: (type: string) => string): Column<Credential>[] {
  return [
    {
      id: "name",
      header: copy.name,
      cell: ({ id, name, type, my_role }) => (
        <div className="min-w-0 max-w-120 max-md:max-w-44">
          <Link className="block truncate font-medium hover:underline" to={`/credentials/${id}`}>
            {name}
          </Link>
          <p className="truncate text-meta text-muted">
            {labelOf(type)}
            {my_role === "user" ? ` · ${copy.lent}` : ""}
          </p>
        </div>
      ),
    },
    { id: "health", header: copy.health, cell: ({ health }) => <HealthBadge health={health} /> },
    {
      id: "used",
      header: copy.lastUsed,
      isSecondary: true,
      cell: ({ last_used_at }) => <Time at={last_used_at} never={copy.neverUsed} />,
    },
    { id: "changed", header: copy.changed, isSecondary: true, cell: ({ updated_at }) => <Time at={updated_at} /> },
    { id: "more", header: "", className: "w-10", cell: (row) => <RowMenu credential={row} /> },
  ];
}

/** All logins that one may use; the filters stand in the address. */
export function CredentialsScreen() {
  const filters = useFilters(["search", "type"]);
  const [isCreating, setIsCreating] = useState(false);
  const navigate = useNavigate();
  const types = useTypes();
  const list = useCredentialList({ search: filters.get("search"), type: filters.get("type"), page: filters.page });
  const columns = useMemo(
    () => columnsOf((slug) => types.data?.find((type) => type.slug === slug)?.label ?? slug),
    [types.data],
  );
  const create = (
    <Button variant="primary" icon={<Plus size={16} />} onClick={() => setIsCreating(true)}>
      {copy.create}
    </Button>
  );
  const options = (types.data ?? []).map(({ slug, label }) => ({ value: slug, label }));
  return (
    <div>
      <title>{`${copy.title} · ${copy.product}`}</title>
      <PageHeader
        title={copy.title}
        description={copy.description}
        actions={
          <>
            <Button asChild>
              <Link to="/credentials/access">
                <History aria-hidden="true" size={16} />
                {copy.accessLog}
              </Link>
            </Button>
            {create}
          </>
        }
      />
      <FilterBar onClear={filters.isFiltered ? filters.clear : undefined}>
        <SearchInput
          label={copy.search}
          value={filters.get("search")}
          onChange={(value) => filters.set("search", value)}
        />
        <Select
          aria-label={copy.type}
          className="max-w-48"
          value={filters.get("type")}
          options={[{ value: "", label: copy.anyType }, ...options]}
          onChange={(value) => filters.set("type", value)}
        />
      </FilterBar>
      <DataTable
        label={copy.title}
        columns={columns}
        rows={list.data?.results}
        rowId={(row) => row.id}
        problem={list.error ? asProblem(list.error) : null}
        onRetry={() => void list.refetch()}
        empty={
          filters.isFiltered ? (
            <EmptyState title={copy.nothing} />
          ) : (
            <EmptyState icon={<KeyRound size={24} />} title={copy.empty} action={create} />
          )
        }
      />
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {isCreating ? (
        <CreateCredentialDialog
          types={[]}
          onClose={() => setIsCreating(false)}
          onCreated={(id) => void navigate(`/credentials/${id}`)}
        />
      ) : null}
    </div>
  );
}

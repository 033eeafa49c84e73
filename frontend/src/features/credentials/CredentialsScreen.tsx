import { History, KeyRound, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { Link, useNavigate } from "react-router";
import { CreateCredentialDialog } from "@/features/inspector";
import { ListScreen, useFilters } from "@/features/screen";
import { Button } from "@/ui/Button";
import type { Column } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
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
    <ListScreen
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
      searchLabel={copy.search}
      filters={filters}
      moreFilters={
        <Select
          aria-label={copy.type}
          className="max-w-48"
          value={filters.get("type")}
          options={[{ value: "", label: copy.anyType }, ...options]}
          onChange={(value) => filters.set("type", value)}
        />
      }
      list={list}
      columns={columns}
      pageSize={PAGE_SIZE}
      nothing={copy.nothing}
      empty={<EmptyState icon={<KeyRound size={24} />} title={copy.empty} action={create} />}
    >
      {isCreating ? (
        <CreateCredentialDialog
          types={[]}
          onClose={() => setIsCreating(false)}
          onCreated={(id) => void navigate(`/credentials/${id}`)}
        />
      ) : null}
    </ListScreen>
  );
}

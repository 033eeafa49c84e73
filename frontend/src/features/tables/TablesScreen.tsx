import { Plus, Table2 } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { ListScreen, useFilters } from "@/features/screen";
import { Button } from "@/ui/Button";
import type { Column } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Time } from "@/ui/Time";
import { CreateTableDialog } from "./CreateTableDialog";
import { copy } from "./copy";
import { PAGE_SIZE, type Table, useTables } from "./queries";
import { TableMenu } from "./TableMenu";

const NUMBER = new Intl.NumberFormat();
const SIZE = new Intl.NumberFormat(undefined, { style: "unit", unit: "kilobyte", maximumFractionDigits: 1 });

const COLUMNS: readonly Column<Table>[] = [
  {
    id: "name",
    header: copy.name,
    cell: ({ id, name, workflow_id }) => (
      <div className="min-w-0 max-w-120 max-md:max-w-44">
        <Link className="block truncate font-medium hover:underline" to={`/tables/${id}`}>
          {name}
        </Link>
        <p className="truncate text-meta text-muted">{workflow_id === null ? copy.shared : copy.ofWorkflow}</p>
      </div>
    ),
  },
  { id: "rows", header: copy.rows, cell: ({ row_count }) => NUMBER.format(row_count) },
  { id: "size", header: copy.size, isSecondary: true, cell: ({ size_bytes }) => SIZE.format(size_bytes / 1000) },
  { id: "columns", header: copy.columns, isSecondary: true, cell: ({ columns }) => NUMBER.format(columns.length) },
  { id: "created", header: copy.created, isSecondary: true, cell: ({ created_at }) => <Time at={created_at} /> },
  { id: "more", header: "", className: "w-10", cell: (row) => <TableMenu table={row} /> },
];

/** All data tables; the search stands in the address. */
export function TablesScreen() {
  const filters = useFilters(["search"]);
  const navigate = useNavigate();
  const [isCreating, setIsCreating] = useState(false);
  const list = useTables({ search: filters.get("search"), page: filters.page });
  const create = (
    <Button variant="primary" icon={<Plus size={16} />} onClick={() => setIsCreating(true)}>
      {copy.create}
    </Button>
  );
  return (
    <ListScreen
      title={copy.title}
      description={copy.description}
      actions={create}
      searchLabel={copy.search}
      filters={filters}
      list={list}
      columns={COLUMNS}
      pageSize={PAGE_SIZE}
      nothing={copy.nothing}
      empty={<EmptyState icon={<Table2 size={24} />} title={copy.empty} action={create} />}
    >
      {isCreating ? (
        <CreateTableDialog onClose={() => setIsCreating(false)} onCreated={(id) => void navigate(`/tables/${id}`)} />
      ) : null}
    </ListScreen>
  );
}

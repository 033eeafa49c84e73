import { Ellipsis, Pencil, Table2, Trash2 } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api";
import { includes } from "@/domain/roles";
import type { Filters } from "@/features/screen";
import { Button } from "@/ui/Button";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { Pagination } from "@/ui/Pagination";
import { copy } from "./copy";
import { DeleteRowsDialog } from "./DeleteRowsDialog";
import { ROWS_PAGE_SIZE, type Row, type RowQuery, type Table, useRows } from "./queries";
import { RowDialog } from "./RowDialog";
import { columnsOf, labelOf } from "./rowColumns";

interface RowGridProps {
  readonly table: Table;
  readonly query: RowQuery;
  readonly filters: Filters;
}

/** The rows of a table: sorted by their heads, chosen, edited, deleted. */
export function RowGrid({ table, query, filters }: RowGridProps) {
  const rows = useRows(table.id, query);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [editing, setEditing] = useState<Row | null>(null);
  const [deleting, setDeleting] = useState<readonly string[]>([]);
  const shown = rows.data?.results;
  const chosen = (shown ?? []).map(({ id }) => id).filter((id) => selected.has(id)); // others are not in sight
  const sorting = { ordering: query.ordering, onSort: (ordering: string) => filters.setAll({ ordering }) };
  const mayChange = includes(table.my_role, "editor");
  const menuOf = (row: Row) => (
    <Menu
      align="end"
      trigger={<IconButton label={copy.moreOfRow(labelOf(table, row))} icon={<Ellipsis size={16} />} />}
    >
      <MenuItem icon={<Pencil size={16} />} onSelect={() => setEditing(row)}>
        {copy.editRow}
      </MenuItem>
      <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setDeleting([row.id])}>
        {copy.deleteRow}
      </MenuItem>
    </Menu>
  );
  const columns = columnsOf(table, sorting, mayChange ? menuOf : null);
  return (
    <>
      {chosen.length > 0 ? (
        <div className="px-6 pb-3 max-md:px-4">
          <Button icon={<Trash2 size={16} />} onClick={() => setDeleting(chosen)}>
            {copy.deleteRows(chosen.length)}
          </Button>
        </div>
      ) : null}
      <DataTable
        label={copy.rows}
        columns={columns}
        rows={shown}
        rowId={(row) => row.id}
        rowLabel={(row) => copy.rowLabel(labelOf(table, row))}
        {...(mayChange ? { selected, onSelect: setSelected } : {})}
        problem={rows.error ? asProblem(rows.error) : null}
        onRetry={() => void rows.refetch()}
        empty={<EmptyState icon={<Table2 size={24} />} title={filters.isFiltered ? copy.noSuchRows : copy.noRows} />}
      />
      <Pagination
        page={query.page}
        pageSize={ROWS_PAGE_SIZE}
        count={rows.data?.count ?? 0}
        isExact={rows.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
      {editing ? <RowDialog table={table} row={editing} onClose={() => setEditing(null)} /> : null}
      {deleting.length > 0 ? (
        <DeleteRowsDialog
          table={table.id}
          ids={deleting}
          onClose={() => setDeleting([])}
          onDeleted={() => setSelected(new Set())}
        />
      ) : null}
    </>
  );
}

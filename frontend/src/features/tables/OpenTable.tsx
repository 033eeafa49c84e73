import { Download, Ellipsis, Pencil, Plus, Trash2, Upload } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { includes } from "@/domain/roles";
import { useAction, useFilters } from "@/features/screen";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { PageHeader } from "@/ui/PageHeader";
import { copy } from "./copy";
import { DeleteTableDialog } from "./DeleteTableDialog";
import { EditTableDialog } from "./EditTableDialog";
import { ImportDialog } from "./ImportDialog";
import { exportRows, type RowQuery, type Table } from "./queries";
import { RowDialog } from "./RowDialog";
import { filterOf, RowFilters } from "./RowFilters";
import { RowGrid } from "./RowGrid";
import { saveFile } from "./saveFile";

type Opened = "add" | "edit" | "import" | "delete" | null;

/** A table that was found: its head, filters and rows. The filters stand in the address. */
export function OpenTable({ table }: { readonly table: Table }) {
  const filters = useFilters(["search", "column", "operator", "value"]);
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Opened>(null);
  const close = () => setOpened(null);
  const mayChange = includes(table.my_role, "editor");
  const query: RowQuery = {
    search: filters.get("search"),
    filter: filterOf(filters),
    ordering: filters.get("ordering"),
    page: filters.page,
  };
  const save = useAction(() => exportRows(table.id, query), {
    refresh: [],
    onDone: (file) => saveFile(file, copy.exportName(table.name)),
  });
  const add = (
    <Button variant="primary" icon={<Plus size={16} />} onClick={() => setOpened("add")}>
      {copy.addRow}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={table.name}
        description={table.workflow_id === null ? copy.shared : copy.ofWorkflow}
        actions={
          <>
            <Menu align="end" trigger={<IconButton label={copy.more(table.name)} icon={<Ellipsis size={16} />} />}>
              {mayChange ? (
                <>
                  <MenuItem icon={<Pencil size={16} />} onSelect={() => setOpened("edit")}>
                    {copy.edit}
                  </MenuItem>
                  <MenuItem icon={<Upload size={16} />} onSelect={() => setOpened("import")}>
                    {copy.import}
                  </MenuItem>
                </>
              ) : null}
              <MenuItem icon={<Download size={16} />} disabled={save.isBusy} onSelect={() => save.run()}>
                {copy.export}
              </MenuItem>
              {table.my_role === "owner" ? (
                <>
                  <MenuSeparator />
                  <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setOpened("delete")}>
                    {copy.remove}
                  </MenuItem>
                </>
              ) : null}
            </Menu>
            {mayChange ? add : null}
          </>
        }
      />
      <RowFilters columns={table.columns} filters={filters} />
      <RowGrid table={table} query={query} filters={filters} />
      {opened === "add" ? <RowDialog table={table} row={null} onClose={close} /> : null}
      {opened === "edit" ? <EditTableDialog table={table} onClose={close} /> : null}
      {opened === "import" ? <ImportDialog table={table} onClose={close} /> : null}
      {opened === "delete" ? (
        <DeleteTableDialog
          table={table}
          onClose={close}
          onDeleted={() => void navigate("/tables", { replace: true })}
        />
      ) : null}
    </>
  );
}

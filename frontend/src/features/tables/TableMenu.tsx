import { Ellipsis, SquareArrowOutUpRight, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { copy } from "./copy";
import { DeleteTableDialog } from "./DeleteTableDialog";
import type { Table } from "./queries";

/** What can be done with one table of the list. */
export function TableMenu({ table }: { readonly table: Table }) {
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more(table.name)} icon={<Ellipsis size={16} />} />}>
        <MenuItem icon={<SquareArrowOutUpRight size={16} />} onSelect={() => void navigate(`/tables/${table.id}`)}>
          {copy.open}
        </MenuItem>
        {table.my_role === "owner" ? (
          <>
            <MenuSeparator />
            <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setIsAsking(true)}>
              {copy.remove}
            </MenuItem>
          </>
        ) : null}
      </Menu>
      {isAsking ? <DeleteTableDialog table={table} onClose={() => setIsAsking(false)} /> : null}
    </>
  );
}

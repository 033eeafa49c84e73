import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { copy } from "./copy";
import { deleteVariable, type Variable } from "./queries";
import { VariableDialog } from "./VariableDialog";

/** What can be done with one variable: nothing for who may only read it. */
export function VariableMenu({ variable }: { readonly variable: Variable }) {
  const { id, name, my_role } = variable;
  const [open, setOpen] = useState<"edit" | "remove">();
  const close = () => setOpen(undefined);
  const remove = useAction(deleteVariable, { refresh: ["variables"], done: copy.removed, onDone: close });
  if (my_role !== "owner" && my_role !== "editor") return null;
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more(name)} icon={<Ellipsis size={16} />} />}>
        <MenuItem icon={<Pencil size={16} />} onSelect={() => setOpen("edit")}>
          {copy.edit}
        </MenuItem>
        <MenuSeparator />
        <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setOpen("remove")}>
          {copy.remove}
        </MenuItem>
      </Menu>
      {open === "edit" ? <VariableDialog variable={variable} onClose={close} /> : null}
      <ConfirmDialog
        isOpen={open === "remove"}
        title={copy.removeTitle(name)}
        consequence={copy.removeText}
        confirmLabel={copy.remove}
        isBusy={remove.isBusy}
        onConfirm={() => remove.run(id)}
        onClose={close}
      />
    </>
  );
}

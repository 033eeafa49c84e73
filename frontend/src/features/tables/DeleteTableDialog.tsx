import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copy } from "./copy";
import { deleteTable, type Table } from "./queries";

interface DeleteTableDialogProps {
  readonly table: Pick<Table, "id" | "name" | "row_count">;
  readonly onDeleted?: () => void;
  readonly onClose: () => void;
}

/** Asks before a table goes with all its rows. */
export function DeleteTableDialog({ table, onDeleted, onClose }: DeleteTableDialogProps) {
  const remove = useAction(deleteTable, {
    refresh: ["data-tables"],
    done: copy.removed(table.name),
    onDone: () => {
      onClose();
      onDeleted?.();
    },
  });
  return (
    <ConfirmDialog
      isOpen
      title={copy.removeTitle(table.name)}
      consequence={copy.removeText(table.row_count)}
      confirmLabel={copy.remove}
      isBusy={remove.isBusy}
      onConfirm={() => remove.run(table.id)}
      onClose={onClose}
    />
  );
}

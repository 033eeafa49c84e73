import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copy } from "./copy";
import { deleteRows } from "./queries";

interface DeleteRowsDialogProps {
  readonly table: string;
  readonly ids: readonly string[];
  readonly onDeleted: () => void;
  readonly onClose: () => void;
}

/** Asks before rows go. */
export function DeleteRowsDialog({ table, ids, onDeleted, onClose }: DeleteRowsDialogProps) {
  const remove = useAction(() => deleteRows(table, ids), {
    refresh: ["data-tables"],
    done: copy.rowsDeleted(ids.length),
    onDone: () => {
      onDeleted();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      isOpen
      title={copy.deleteRowsTitle(ids.length)}
      consequence={copy.deleteRowsText}
      confirmLabel={copy.deleteRows(ids.length)}
      isBusy={remove.isBusy}
      onConfirm={() => remove.run()}
      onClose={onClose}
    />
  );
}

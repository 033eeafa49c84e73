import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copy } from "./copy";
import { deleteCredential } from "./queries";

interface DeleteDialogProps {
  readonly credential: { readonly id: string; readonly name: string };
  readonly onDeleted?: () => void;
  readonly onClose: () => void;
}

/** Deletes a credential; where active workflows need it, it asks a second time and says so. */
export function DeleteDialog({ credential: { id, name }, onDeleted, onClose }: DeleteDialogProps) {
  const remove = useAction(deleteCredential, {
    refresh: ["credentials"],
    done: copy.removed(name),
    isShown: true,
    onDone: () => {
      onClose();
      onDeleted?.();
    },
  });
  const users = remove.problem?.code === "credential_in_use" ? remove.problem.extra.workflow_ids : undefined;
  const isUsed = Array.isArray(users);
  const { problem } = remove;
  return (
    <ConfirmDialog
      isOpen
      title={copy.removeTitle(name)}
      consequence={
        <>
          <p>{copy.removeText}</p>
          {isUsed ? (
            <p role="alert" className="mt-2 font-medium text-err">
              {copy.removeUsed(users.length)}
            </p>
          ) : problem ? (
            <p role="alert" className="mt-2 text-err">
              {problem.detail || problem.title}
            </p>
          ) : null}
        </>
      }
      confirmLabel={isUsed ? copy.removeAnyway : copy.remove}
      isBusy={remove.isBusy}
      onConfirm={() => remove.run({ id, isForced: isUsed })}
      onClose={onClose}
    />
  );
}

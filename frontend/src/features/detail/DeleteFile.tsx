import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { copy } from "./copy";
import { deleteFile } from "./queries";

interface DeleteFileProps {
  readonly id: string;
  readonly name: string;
  readonly onDeleted: () => void;
}

/** Deletes a stored file, after asking. */
export function DeleteFile({ id, name, onDeleted }: DeleteFileProps) {
  const [isAsking, setIsAsking] = useState(false);
  const close = () => setIsAsking(false);
  const remove = useAction(deleteFile, {
    refresh: ["usage"],
    done: copy.fileDeleted,
    onDone: () => {
      close();
      onDeleted();
    },
  });
  return (
    <>
      <IconButton
        size="small"
        label={copy.deleteFile(name)}
        icon={<Trash2 size={14} strokeWidth={1.75} />}
        onClick={() => setIsAsking(true)}
      />
      <ConfirmDialog
        isOpen={isAsking}
        title={copy.deleteTitle(name)}
        consequence={copy.deleteText}
        confirmLabel={copy.deleteConfirm}
        isBusy={remove.isBusy}
        onConfirm={() => remove.run(id)}
        onClose={close}
      />
    </>
  );
}

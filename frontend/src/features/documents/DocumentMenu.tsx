import { Download, Ellipsis, Pencil, RefreshCw, Share2, Trash2 } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/api";
import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { copy } from "./copy";
import { EditDocumentDialog } from "./EditDocumentDialog";
import { type DocumentRow, deleteDocument, downloadDocument, readAnew, shareDocument } from "./queries";
import { saveFile } from "./saveFile";

interface DocumentMenuProps {
  readonly document: DocumentRow;
  readonly onDeleted?: () => void;
}

/** What can be done with a document. The server says whose it is: who may not is told so. */
export function DocumentMenu({ document: row, onDeleted }: DocumentMenuProps) {
  const { user } = useSession();
  const [open, setOpen] = useState<"edit" | "remove" | null>(null);
  const isShared = row.scope === "platform";
  const refresh = ["documents"];
  const save = useAction(downloadDocument, { refresh: [], onDone: (file) => saveFile(file as Blob, row.name) });
  const again = useAction(readAnew, { refresh, done: copy.readAnewDone });
  const share = useAction(() => shareDocument(row.id, isShared ? "private" : "platform"), {
    refresh,
    done: isShared ? copy.unsharedDone : copy.sharedDone,
  });
  const remove = useAction(deleteDocument, {
    refresh,
    done: copy.removed(row.name),
    onDone: () => {
      setOpen(null);
      onDeleted?.();
    },
  });
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more(row.name)} icon={<Ellipsis size={16} />} />}>
        <MenuItem icon={<Download size={16} />} onSelect={() => save.run(row.id)}>
          {copy.download}
        </MenuItem>
        <MenuItem icon={<Pencil size={16} />} onSelect={() => setOpen("edit")}>
          {copy.edit}
        </MenuItem>
        <MenuItem icon={<RefreshCw size={16} />} onSelect={() => again.run(row.id)}>
          {copy.readAnew}
        </MenuItem>
        {user?.is_staff || isShared ? (
          <MenuItem icon={<Share2 size={16} />} onSelect={() => share.run()}>
            {isShared ? copy.unshare : copy.share}
          </MenuItem>
        ) : null}
        <MenuSeparator />
        <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setOpen("remove")}>
          {copy.remove}
        </MenuItem>
      </Menu>
      {open === "edit" ? <EditDocumentDialog document={row} onClose={() => setOpen(null)} /> : null}
      {open === "remove" ? (
        <ConfirmDialog
          isOpen
          title={copy.removeTitle(row.name)}
          consequence={copy.removeText}
          confirmLabel={copy.remove}
          isBusy={remove.isBusy}
          onConfirm={() => remove.run(row.id)}
          onClose={() => setOpen(null)}
        />
      ) : null}
    </>
  );
}

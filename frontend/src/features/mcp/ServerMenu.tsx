import { Ellipsis, Pencil, Power, Trash2 } from "lucide-react";
import { useState } from "react";
import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { copy } from "./copy";
import { changeServer, deleteServer, type McpServer } from "./queries";
import { ServerDialog } from "./ServerDialog";
import { useMayChange } from "./useMayChange";

interface ServerMenuProps {
  readonly server: McpServer;
  readonly onRemoved?: () => void;
}

/** What can be done with a server by whoever may change it. */
export function ServerMenu({ server, onRemoved }: ServerMenuProps) {
  const { id, name, enabled } = server;
  const [open, setOpen] = useState<"edit" | "remove">();
  const close = () => setOpen(undefined);
  const mayChange = useMayChange(server);
  const change = useAction(changeServer, { refresh: ["mcp-servers"] });
  const remove = useAction(deleteServer, {
    refresh: onRemoved ? [] : ["mcp-servers"],
    done: copy.removed,
    onDone: () => {
      close();
      onRemoved?.();
    },
  });
  if (!mayChange) return null;
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more(name)} icon={<Ellipsis size={16} />} />}>
        <MenuItem icon={<Pencil size={16} />} onSelect={() => setOpen("edit")}>
          {copy.edit}
        </MenuItem>
        <MenuItem icon={<Power size={16} />} onSelect={() => change.run({ id, enabled: !enabled })}>
          {enabled ? copy.switchOff : copy.switchOn}
        </MenuItem>
        <MenuSeparator />
        <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setOpen("remove")}>
          {copy.remove}
        </MenuItem>
      </Menu>
      {open === "edit" ? <ServerDialog server={server} onClose={close} /> : null}
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

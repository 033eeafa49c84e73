import { Ellipsis, Pencil, Power, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useAction } from "@/features/screen";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { copy } from "./copy";
import { KeyDialog } from "./KeyDialog";
import { type ApiKey, changeKey, deleteKey, rotateKey } from "./queries";

interface KeyMenuProps {
  readonly apiKey: ApiKey;
  readonly onSecret: (secret: string) => void;
}

/** What can be done with one key. */
export function KeyMenu({ apiKey, onSecret }: KeyMenuProps) {
  const { id, name, is_active } = apiKey;
  const [open, setOpen] = useState<"edit" | "rotate" | "remove">();
  const close = () => setOpen(undefined);
  const change = useAction(changeKey, { refresh: ["keys"] });
  const rotate = useAction(rotateKey, {
    refresh: ["keys"],
    onDone: ({ key }) => {
      close();
      onSecret(key);
    },
  });
  const remove = useAction(deleteKey, { refresh: ["keys"], done: copy.keyRemoved, onDone: close });
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.moreKey(name)} icon={<Ellipsis size={16} />} />}>
        <MenuItem icon={<Pencil size={16} />} onSelect={() => setOpen("edit")}>
          {copy.edit}
        </MenuItem>
        <MenuItem icon={<Power size={16} />} onSelect={() => change.run({ id, is_active: !is_active })}>
          {is_active ? copy.switchOff : copy.switchOn}
        </MenuItem>
        <MenuItem icon={<RotateCw size={16} />} onSelect={() => setOpen("rotate")}>
          {copy.rotate}
        </MenuItem>
        <MenuSeparator />
        <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setOpen("remove")}>
          {copy.removeKey}
        </MenuItem>
      </Menu>
      {open === "edit" ? <KeyDialog apiKey={apiKey} onClose={close} /> : null}
      <ConfirmDialog
        isOpen={open === "rotate"}
        title={copy.rotateTitle(name)}
        consequence={copy.rotateText}
        confirmLabel={copy.rotateKey}
        isBusy={rotate.isBusy}
        onConfirm={() => rotate.run(id)}
        onClose={close}
      />
      <ConfirmDialog
        isOpen={open === "remove"}
        title={copy.removeTitle(name)}
        consequence={copy.removeText}
        confirmLabel={copy.removeKey}
        isBusy={remove.isBusy}
        onConfirm={() => remove.run(id)}
        onClose={close}
      />
    </>
  );
}

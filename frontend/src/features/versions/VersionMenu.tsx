import { Ellipsis, GitCompare, Rocket, Undo2 } from "lucide-react";
import { useState } from "react";
import { useAction } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { copy } from "./copy";
import { deployVersion, restoreVersion, type Side, type Version } from "./queries";

interface VersionMenuProps {
  readonly workflowId: string;
  readonly version: Version;
  readonly onCompare: (before: Side, after: Side) => void;
}

/** Compares, restores or deploys one version. */
export function VersionMenu({ workflowId, version: { number, is_deployed }, onCompare }: VersionMenuProps) {
  const [open, setOpen] = useState<"restore" | "deploy">();
  const refusal = useRefusal(workflowId)("editor");
  const close = () => setOpen(undefined);
  const restore = useAction(() => restoreVersion(workflowId, number), {
    refresh: ["workflows"],
    done: copy.restored(number),
    onDone: close,
  });
  const deploy = useAction(() => deployVersion(workflowId, number), {
    refresh: ["workflows"],
    done: copy.deployDone(number),
    onDone: close,
  });
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more(number)} icon={<Ellipsis size={16} />} />}>
        <MenuItem icon={<GitCompare size={16} />} onSelect={() => onCompare(number, "draft")}>
          {copy.compareDraft}
        </MenuItem>
        <MenuItem icon={<Undo2 size={16} />} refusal={refusal} onSelect={() => setOpen("restore")}>
          {copy.restore}
        </MenuItem>
        <MenuItem
          icon={<Rocket size={16} />}
          refusal={refusal}
          disabled={is_deployed}
          onSelect={() => setOpen("deploy")}
        >
          {copy.deploy}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        isOpen={open === "restore"}
        title={copy.restoreTitle(number)}
        consequence={copy.restoreText}
        confirmLabel={copy.restore}
        isDangerous={false}
        isBusy={restore.isBusy}
        onConfirm={() => restore.run()}
        onClose={close}
      />
      <ConfirmDialog
        isOpen={open === "deploy"}
        title={copy.deployTitle(number)}
        consequence={copy.deployText}
        confirmLabel={copy.deploy}
        isDangerous={false}
        isBusy={deploy.isBusy}
        onConfirm={() => deploy.run()}
        onClose={close}
      />
    </>
  );
}

import { Archive, ArchiveRestore, Copy, Ellipsis, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import {
  useArchiveWorkflow,
  useCloneWorkflow,
  useDeleteWorkflow,
  useRunWorkflow,
  type WorkflowSummary,
} from "./queries";

const ICON = { size: 16, strokeWidth: 1.75 } as const;
const onError = (error: unknown) => toast({ kind: "error", text: asProblem(error).message });

/** What can be done with one workflow of the list. */
export function RowMenu({ workflow }: { readonly workflow: WorkflowSummary }) {
  const [isAsking, setIsAsking] = useState(false);
  const run = useRunWorkflow();
  const clone = useCloneWorkflow();
  const archive = useArchiveWorkflow();
  const remove = useDeleteWorkflow();
  const { id, name } = workflow;
  const isArchived = workflow.status === "archived";
  const trigger = <IconButton label={copy.more(name)} icon={<Ellipsis {...ICON} />} />;
  return (
    <>
      <Menu trigger={trigger} align="end">
        <MenuItem
          icon={<Play {...ICON} />}
          disabled={isArchived}
          onSelect={() => run.mutate(id, { onError, onSuccess: () => toast({ text: copy.started(name) }) })}
        >
          {copy.run}
        </MenuItem>
        <MenuItem
          icon={<Copy {...ICON} />}
          onSelect={() =>
            clone.mutate(id, { onError, onSuccess: (made) => toast({ kind: "ok", text: copy.cloned(made.name) }) })
          }
        >
          {copy.clone}
        </MenuItem>
        <MenuItem
          icon={isArchived ? <ArchiveRestore {...ICON} /> : <Archive {...ICON} />}
          onSelect={() => archive.mutate({ id, isArchived }, { onError })}
        >
          {isArchived ? copy.unarchive : copy.archive}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<Trash2 {...ICON} />} isDangerous onSelect={() => setIsAsking(true)}>
          {copy.remove}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        isOpen={isAsking}
        title={copy.removeTitle(name)}
        consequence={copy.removeConsequence}
        confirmLabel={copy.removeConfirm}
        isBusy={remove.isPending}
        onClose={() => setIsAsking(false)}
        onConfirm={() =>
          remove.mutate(id, {
            onError,
            onSuccess: () => toast({ text: copy.removed(name) }),
            onSettled: () => setIsAsking(false),
          })
        }
      />
    </>
  );
}

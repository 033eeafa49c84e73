import {
  Archive,
  ArchiveRestore,
  Copy,
  Ellipsis,
  LayoutTemplate,
  LogOut,
  SquareArrowOutUpRight,
  Trash2,
  Users,
} from "lucide-react";
import { Suspense, useState } from "react";
import { useNavigate } from "react-router";
import { LeaveDialog, LoadedShareDialog, sharingCopy } from "@/features/sharing";
import { LoadedPublishDialog, templatesCopy } from "@/features/templates";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { copy } from "./copy";
import { useRowAction, type WorkflowSummary } from "./queries";

/** What can be done with one workflow of the list. */
export function RowMenu({ workflow }: { readonly workflow: WorkflowSummary }) {
  const { id, name, status, my_role: role } = workflow;
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const [isSharing, setIsSharing] = useState(false);
  const [isPublishing, setIsPublishing] = useState(false);
  const { mutate, isPending } = useRowAction();
  const isArchived = status === "archived";
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more(name)} icon={<Ellipsis size={16} />} />}>
        <MenuItem
          icon={<SquareArrowOutUpRight size={16} />}
          onSelect={() => void navigate(`/workflows/${encodeURIComponent(id)}`)}
        >
          {copy.open}
        </MenuItem>
        <MenuItem icon={<Copy size={16} />} onSelect={() => mutate({ action: "clone", id })}>
          {copy.clone}
        </MenuItem>
        {role === "owner" ? (
          <>
            <MenuItem icon={<Users size={16} />} onSelect={() => setIsSharing(true)}>
              {sharingCopy.shareOpen}
            </MenuItem>
            <MenuItem icon={<LayoutTemplate size={16} />} onSelect={() => setIsPublishing(true)}>
              {templatesCopy.publish}
            </MenuItem>
            <MenuItem
              icon={isArchived ? <ArchiveRestore size={16} /> : <Archive size={16} />}
              onSelect={() => mutate({ action: isArchived ? "unarchive" : "archive", id })}
            >
              {isArchived ? copy.unarchive : copy.archive}
            </MenuItem>
            <MenuSeparator />
            <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setIsAsking(true)}>
              {copy.remove}
            </MenuItem>
          </>
        ) : (
          <>
            <MenuSeparator />
            <MenuItem isDangerous icon={<LogOut size={16} />} onSelect={() => setIsLeaving(true)}>
              {sharingCopy.leave}
            </MenuItem>
          </>
        )}
      </Menu>
      {isSharing ? <LoadedShareDialog workflow={workflow} onClose={() => setIsSharing(false)} /> : null}
      {isPublishing ? (
        <Suspense>
          <LoadedPublishDialog workflow={workflow} onClose={() => setIsPublishing(false)} />
        </Suspense>
      ) : null}
      <LeaveDialog workflow={workflow} isOpen={isLeaving} onClose={() => setIsLeaving(false)} />
      <ConfirmDialog
        isOpen={isAsking}
        title={copy.removeTitle(name)}
        consequence={copy.removeText}
        confirmLabel={copy.remove}
        isBusy={isPending}
        onConfirm={() => mutate({ action: "remove", id }, { onSettled: () => setIsAsking(false) })}
        onClose={() => setIsAsking(false)}
      />
    </>
  );
}

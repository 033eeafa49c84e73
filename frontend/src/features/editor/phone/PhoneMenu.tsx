import { Ellipsis, LogOut, Users } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { LeaveDialog, LoadedShareDialog, sharingCopy } from "@/features/sharing";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { copy } from "../copy";
import { workflowPages } from "../header/workflowPages";
import type { Workflow } from "../queries";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** The pages of a workflow on a phone, and who works on it. */
export function PhoneMenu({ workflow }: { readonly workflow: Workflow }) {
  const navigate = useNavigate();
  const [opened, setOpened] = useState<"share" | "leave" | null>(null);
  const close = () => setOpened(null);
  const isOwner = workflow.my_role === "owner";
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more} icon={<Ellipsis {...ICON} />} />}>
        {workflowPages(workflow.id).map(([path, label]) => (
          <MenuItem key={path} onSelect={() => void navigate(path)}>
            {label}
          </MenuItem>
        ))}
        <MenuSeparator />
        {isOwner ? (
          <MenuItem icon={<Users {...ICON} />} onSelect={() => setOpened("share")}>
            {sharingCopy.shareOpen}
          </MenuItem>
        ) : (
          <MenuItem isDangerous icon={<LogOut {...ICON} />} onSelect={() => setOpened("leave")}>
            {sharingCopy.leave}
          </MenuItem>
        )}
      </Menu>
      {opened === "share" ? <LoadedShareDialog workflow={workflow} onClose={close} /> : null}
      <LeaveDialog
        workflow={workflow}
        isOpen={opened === "leave"}
        onClose={close}
        onLeft={() => void navigate("/workflows")}
      />
    </>
  );
}

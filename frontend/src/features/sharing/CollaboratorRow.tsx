import { Crown, Ellipsis, UserMinus } from "lucide-react";
import { useState } from "react";
import { useAction } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { Select } from "@/ui/Select";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { type Collaborator, changeRole, GRANTED, type GrantedRole, offerTo, removeCollaborator } from "./queries";

interface CollaboratorRowProps {
  readonly workflowId: string;
  readonly person: Collaborator;
}

const OPTIONS = GRANTED.map((value) => ({ value, label: copy.roles[value] }));
const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** One person of a workflow, or one invitation. */
export function CollaboratorRow({ workflowId, person }: CollaboratorRowProps) {
  const { id, email, name, role, status } = person;
  const [asking, setAsking] = useState<"remove" | "transfer" | null>(null);
  const close = () => setAsking(null);
  const change = useAction((next: GrantedRole) => changeRole(workflowId, id, next), { refresh: ["collaborators"] });
  const remove = useAction(() => removeCollaborator(workflowId, id), {
    refresh: ["collaborators", "transfers"],
    onDone: close,
  });
  const handOver = useAction(() => offerTo(workflowId, id), {
    refresh: ["transfers"],
    done: copy.offered(email),
    onDone: close,
  });
  const isPending = status === "pending";
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-2 px-3 py-2">
      <div className="mr-1 min-w-28 flex-1">
        <p className="flex items-center gap-2">
          <span className="truncate font-medium">{name || email}</span>
          {isPending ? <Badge tone="wait">{copy.pending}</Badge> : null}
        </p>
        <p className="truncate text-meta text-muted">
          {name ? `${email} · ` : ""}
          {isPending ? copy.pendingSince : copy.joined} <Time at={person.accepted_at ?? person.created_at} />
        </p>
      </div>
      {/* A control is as wide as what it stands in. */}
      <div className="w-28 shrink-0">
        <Select
          aria-label={copy.roleOf(email)}
          value={role}
          options={OPTIONS}
          disabled={change.isBusy}
          onChange={change.run}
        />
      </div>
      <Menu align="end" trigger={<IconButton label={copy.actions(email)} icon={<Ellipsis {...ICON} />} />}>
        <MenuItem icon={<Crown {...ICON} />} disabled={isPending} onSelect={() => setAsking("transfer")}>
          {isPending ? `${copy.transfer} ${copy.notAccepted}` : copy.transfer}
        </MenuItem>
        <MenuItem isDangerous icon={<UserMinus {...ICON} />} onSelect={() => setAsking("remove")}>
          {copy.remove}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        isOpen={asking !== null}
        title={asking === "transfer" ? copy.transferTitle(email) : copy.removeTitle(email)}
        consequence={asking === "transfer" ? copy.transferText : copy.removeText}
        confirmLabel={asking === "transfer" ? copy.transferLabel : copy.remove}
        isBusy={remove.isBusy || handOver.isBusy}
        onConfirm={() => (asking === "transfer" ? handOver.run() : remove.run())}
        onClose={close}
      />
    </li>
  );
}

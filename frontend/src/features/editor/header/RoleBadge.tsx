import { Users } from "lucide-react";
import { sharingCopy } from "@/features/sharing";
import { Badge } from "@/ui/Badge";
import type { Workflow } from "../queries";

/** Whose workflow it is and what one may do with it, where it is another's. */
export function RoleBadge({ workflow }: { readonly workflow: Workflow }) {
  const { my_role: role, owner } = workflow;
  if (role === "owner") return null;
  const by = owner ? sharingCopy.sharedBy(owner.name || owner.email) : "";
  return (
    <span title={by} className="shrink-0">
      <Badge icon={<Users size={14} strokeWidth={1.75} aria-hidden="true" />}>
        {sharingCopy.roles[role]}
        <span className="sr-only">{`. ${by}`}</span>
      </Badge>
    </span>
  );
}

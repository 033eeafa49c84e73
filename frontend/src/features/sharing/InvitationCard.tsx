import { MailOpen } from "lucide-react";
import { useNavigate } from "react-router";
import { useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { copy } from "./copy";
import { accept, decline, type Invitation } from "./queries";

interface InvitationCardProps {
  readonly invitation: Invitation;
  readonly onDeclined?: () => void;
}

const REFRESH = ["invitations", "workflows"];

/** One invitation, to be accepted or declined. */
export function InvitationCard({ invitation, onDeclined }: InvitationCardProps) {
  const { id, role, workflow, invited_by: by } = invitation;
  const navigate = useNavigate();
  const yes = useAction(() => accept(id), {
    refresh: REFRESH,
    done: copy.accepted,
    onDone: ({ workflow_id }) => void navigate(`/workflows/${encodeURIComponent(workflow_id)}`),
  });
  const no = useAction(() => decline(id), {
    refresh: REFRESH,
    done: copy.declined,
    ...(onDeclined ? { onDone: onDeclined } : {}),
  });
  return (
    <article className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-node border bg-surface px-4 py-3">
      <MailOpen size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0 text-accent" />
      <div className="min-w-48 flex-1">
        <p className="truncate font-medium">{workflow.name}</p>
        <p className="text-meta text-muted">{`${copy.asks(by?.name || by?.email || copy.somebody)}, ${copy.as(role)}.`}</p>
      </div>
      <div className="flex gap-2">
        <Button aria-label={copy.declineOne(workflow.name)} isBusy={no.isBusy} onClick={() => no.run()}>
          {copy.decline}
        </Button>
        <Button
          variant="primary"
          aria-label={copy.acceptOne(workflow.name)}
          isBusy={yes.isBusy}
          onClick={() => yes.run()}
        >
          {copy.accept}
        </Button>
      </div>
    </article>
  );
}

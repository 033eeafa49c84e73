import { Loaded } from "@/features/screen";
import { Dialog } from "@/ui/Dialog";
import { CollaboratorRow } from "./CollaboratorRow";
import { copy } from "./copy";
import { EditorWarnings } from "./EditorWarnings";
import { InviteForm } from "./InviteForm";
import { OpenOffer } from "./OpenOffer";
import { useCollaborators } from "./queries";

export interface ShareDialogProps {
  readonly workflow: { readonly id: string; readonly name: string };
  readonly onClose: () => void;
}

/** Who works on a workflow beside its owner; inviting, roles, removing, handing over. */
export function ShareDialog({ workflow, onClose }: ShareDialogProps) {
  const { id, name } = workflow;
  const people = useCollaborators(id, true);
  return (
    <Dialog isOpen onClose={onClose} title={copy.shareTitle(name)} description={copy.shareText} size="medium">
      <div className="flex flex-col gap-5 pb-2">
        <InviteForm workflowId={id} />
        <OpenOffer workflowId={id} />
        <Loaded query={people}>
          {(rows) =>
            rows.length === 0 ? (
              <p className="text-muted">{copy.nobody}</p>
            ) : (
              <>
                <EditorWarnings people={rows} />
                <ul aria-label={copy.people} className="divide-y divide-line rounded-node border bg-surface">
                  {rows.map((row) => (
                    <CollaboratorRow key={row.id} workflowId={id} person={row} />
                  ))}
                </ul>
              </>
            )
          }
        </Loaded>
      </div>
    </Dialog>
  );
}

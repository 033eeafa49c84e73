import { useState } from "react";
import { useSession } from "@/api";
import { FormDialog, useAction } from "@/features/screen";
import { Checkbox } from "@/ui/Checkbox";
import { copy } from "./copy";
import { type HumanTask, reassign, useWhoCanBeAsked } from "./queries";

interface ReassignDialogProps {
  readonly task: HumanTask;
  readonly workflowId: string;
  readonly onClose: () => void;
}

/** Puts an open task to other people: oneself, or those the workflow is shared with. */
export function ReassignDialog({ task, workflowId, onClose }: ReassignDialogProps) {
  const { user } = useSession();
  const others = useWhoCanBeAsked(workflowId, true).data ?? [];
  const people = [...(user ? [{ id: user.id, name: copy.yourself }] : []), ...others];
  const [chosen, setChosen] = useState<readonly string[]>(task.assignee_ids);
  const save = useAction(() => reassign(task.id, chosen), {
    refresh: ["human-tasks"],
    isShown: true,
    done: copy.reassigned,
    onDone: onClose,
  });
  return (
    <FormDialog
      title={copy.reassign}
      description={copy.reassignText}
      submitLabel={copy.reassign}
      isBusy={save.isBusy}
      problem={save.problem}
      fields={["assignee_ids"]}
      onSubmit={() => save.run()}
      onClose={onClose}
    >
      <div className="flex flex-col gap-1">
        {people.map(({ id, name }) => (
          <Checkbox
            key={id}
            label={name}
            checked={chosen.includes(id)}
            onChange={(isOn) => setChosen(isOn ? [...chosen, id] : chosen.filter((other) => other !== id))}
          />
        ))}
        {others.length === 0 ? <p className="text-meta text-muted">{copy.nobodyElse}</p> : null}
        <p role="alert" className="text-err empty:hidden">
          {save.problem?.messageOf("assignee_ids")}
        </p>
      </div>
    </FormDialog>
  );
}

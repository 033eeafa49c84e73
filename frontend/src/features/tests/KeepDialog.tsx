import { useState } from "react";
import { FormDialog, Loaded, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { keepRun, useCompletedRuns } from "./queries";

interface KeepDialogProps {
  readonly workflowId: string;
  readonly onClose: () => void;
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Keeps a run that completed as a test. */
export function KeepDialog({ workflowId, onClose }: KeepDialogProps) {
  const runs = useCompletedRuns(workflowId);
  const [chosen, setChosen] = useState<string>();
  const [name, setName] = useState("");
  const run = chosen ?? runs.data?.[0]?.id;
  const keep = useAction(keepRun, { refresh: ["tests"], isShown: true, done: copy.kept, onDone: onClose });
  return (
    <FormDialog
      title={copy.keep}
      description={copy.keepText}
      submitLabel={copy.keepTest}
      isBusy={keep.isBusy}
      problem={keep.problem}
      fields={["name"]}
      onSubmit={() => run && keep.run({ run, name: name.trim() })}
      onClose={onClose}
    >
      <Loaded query={runs}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="text-muted">{copy.noRuns}</p>
          ) : (
            <>
              <Field label={copy.keepRun}>
                <Select
                  value={run}
                  options={rows.map((row) => ({
                    value: row.id,
                    label: `${MOMENT.format(new Date(row.started_at ?? row.created_at))} · ${row.trigger}`,
                  }))}
                  onChange={setChosen}
                />
              </Field>
              <Field label={copy.keepName} error={keep.problem?.messageOf("name")}>
                <Input value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
              </Field>
            </>
          )
        }
      </Loaded>
    </FormDialog>
  );
}

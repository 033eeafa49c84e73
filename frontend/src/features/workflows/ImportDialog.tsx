import { useState } from "react";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { ImportReportView } from "./ImportReportView";
import { hasFindings, useImport } from "./queries";

interface ImportDialogProps {
  /** What was dropped or pasted; empty where the dialog was opened by its button. */
  readonly text: string;
  readonly onClose: () => void;
  readonly onMade: (id: string) => void;
}

/** Takes a workflow from a file or pasted text, and says what of it could not be taken over. */
export function ImportDialog({ text: given, onClose, onMade }: ImportDialogProps) {
  const [text, setText] = useState(given);
  const { mutate, isPending, error, data } = useImport();
  const problem = error ? asProblem(error) : null;
  const bring = () =>
    mutate(text, {
      onSuccess: ({ workflow, report }) => {
        if (!hasFindings(report)) onMade(workflow.id);
      },
    });
  const made = data && hasFindings(data.report) ? data : null;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="medium"
      title={made ? copy.importedTitle(made.workflow.name) : copy.importTitle}
      description={made ? undefined : copy.importText}
      footer={
        made ? (
          <>
            <Button onClick={onClose}>{copy.stay}</Button>
            <Button variant="primary" onClick={() => onMade(made.workflow.id)}>
              {copy.openImported}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>{copy.cancel}</Button>
            <Button variant="primary" isBusy={isPending} disabled={text.trim() === ""} onClick={bring}>
              {copy.import}
            </Button>
          </>
        )
      }
    >
      {made ? (
        <ImportReportView report={made.report} />
      ) : (
        <div className="flex flex-col gap-4">
          <Field label={copy.file}>
            <Input
              type="file"
              accept=".json,.yaml,.yml"
              className="py-1"
              onChange={(event) => {
                void event.target.files?.[0]?.text().then(setText);
              }}
            />
          </Field>
          <Field label={copy.json} error={problem ? problem.detail || problem.title : undefined}>
            <Textarea
              rows={10}
              className="font-mono"
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </Field>
        </div>
      )}
    </Dialog>
  );
}

import { useState } from "react";
import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { importWorkflow, useMaking } from "./queries";

interface ImportDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (id: string) => void;
}

/** Takes a workflow from a file or pasted text. */
export function ImportDialog({ isOpen, onClose, onMade }: ImportDialogProps) {
  const [text, setText] = useState("");
  const { mutate, isPending, error } = useMaking(importWorkflow, onMade);
  const problem = error ? asProblem(error) : null;
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      size="medium"
      title={copy.importTitle}
      description={copy.importText}
      footer={
        <>
          <Button onClick={onClose}>{copy.cancel}</Button>
          <Button variant="primary" isBusy={isPending} disabled={text.trim() === ""} onClick={() => mutate(text)}>
            {copy.import}
          </Button>
        </>
      }
    >
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
    </Dialog>
  );
}

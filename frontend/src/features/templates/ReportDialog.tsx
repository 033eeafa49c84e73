import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { type Reason, report } from "./queries";

const REASONS = (Object.keys(copy.reasons) as Reason[]).map((value) => ({ value, label: copy.reasons[value] }));

/** Tells staff that something is wrong with a template. */
export function ReportDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const [reason, setReason] = useState<Reason>("secret");
  const [text, setText] = useState("");
  const send = useAction(report, { refresh: [], isShown: true, done: copy.reported, onDone: onClose });
  return (
    <FormDialog
      title={copy.reportTitle}
      submitLabel={copy.report}
      isBusy={send.isBusy}
      problem={send.problem}
      onClose={onClose}
      onSubmit={() => send.run({ id, reason, text })}
    >
      <Field label={copy.reportReason}>
        <Select value={reason} options={REASONS} onChange={setReason} />
      </Field>
      <Field label={copy.reportText}>
        <Textarea maxLength={5000} value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
    </FormDialog>
  );
}

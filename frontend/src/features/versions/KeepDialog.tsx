import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Textarea } from "@/ui/Textarea";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { keepVersion } from "./queries";

interface KeepDialogProps {
  readonly workflowId: string;
  readonly onClose: () => void;
}

/** Keeps the working copy as a version with a name. */
export function KeepDialog({ workflowId, onClose }: KeepDialogProps) {
  const [label, setLabel] = useState("");
  const [message, setMessage] = useState("");
  const keep = useAction(() => keepVersion(workflowId, { label: label.trim(), message: message.trim() }), {
    refresh: ["workflows"],
    isShown: true,
    onDone: ({ number }) => {
      toast({ kind: "ok", text: copy.kept(number) });
      onClose();
    },
  });
  return (
    <FormDialog
      title={copy.name}
      description={copy.nameText}
      submitLabel={copy.keep}
      isBusy={keep.isBusy}
      problem={keep.problem}
      fields={["label", "message"]}
      onSubmit={() => keep.run()}
      onClose={onClose}
    >
      <Field label={copy.label} error={keep.problem?.messageOf("label")}>
        <Input value={label} maxLength={100} autoFocus onChange={(event) => setLabel(event.target.value)} />
      </Field>
      <Field label={copy.message} error={keep.problem?.messageOf("message")}>
        <Textarea value={message} maxLength={1000} onChange={(event) => setMessage(event.target.value)} />
      </Field>
    </FormDialog>
  );
}

import { useState } from "react";
import { FormDialog, useAction, useWorkflowNames } from "@/features/screen";
import { Checkbox } from "@/ui/Checkbox";
import { Combobox } from "@/ui/Combobox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { changeVariable, createVariable, type Variable } from "./queries";
import { textOfValue, valueOfText } from "./valueText";

interface VariableDialogProps {
  /** The variable to change; without one a new one is made. */
  readonly variable?: Variable;
  readonly onClose: () => void;
}

interface Given {
  readonly name: string;
  readonly text: string;
  readonly isSecret: boolean;
  readonly workflow: string;
}

/** Makes a variable, or gives one another name or value. */
export function VariableDialog({ variable, onClose }: VariableDialogProps) {
  const wasSecret = variable?.is_secret ?? false;
  const [name, setName] = useState(variable?.name ?? "");
  const [text, setText] = useState(variable && !wasSecret ? textOfValue(variable.value) : "");
  const [isSecret, setIsSecret] = useState(wasSecret);
  const [workflow, setWorkflow] = useState("");
  const workflows = useWorkflowNames();
  const save = useAction(
    async (given: Given) => {
      const value = given.isSecret ? given.text : valueOfText(given.text);
      if (!variable) {
        await createVariable({
          name: given.name,
          value,
          is_secret: given.isSecret,
          workflow_id: given.workflow || null,
        });
        return;
      }
      const stays = wasSecret && given.text === "";
      await changeVariable({
        id: variable.id,
        name: given.name,
        is_secret: given.isSecret,
        ...(stays ? {} : { value }),
      });
    },
    { refresh: ["variables"], isShown: true, onDone: onClose },
  );
  return (
    <FormDialog
      title={variable ? copy.edit : copy.create}
      submitLabel={variable ? copy.save : copy.create}
      isBusy={save.isBusy}
      problem={save.problem}
      fields={["name", "value", "is_secret"]}
      onSubmit={() => save.run({ name: name.trim(), text, isSecret, workflow })}
      onClose={onClose}
    >
      <Field label={copy.name} help={copy.nameHelp} isRequired error={save.problem?.messageOf("name")}>
        <Input value={name} required maxLength={60} autoFocus onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field
        label={copy.value}
        help={wasSecret ? copy.keepHelp : isSecret ? copy.secretHelp : copy.valueHelp}
        error={save.problem?.messageOf("value")}
      >
        {isSecret ? (
          <Input
            type="password"
            autoComplete="new-password"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        ) : (
          <Textarea rows={4} value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </Field>
      <Checkbox label={copy.isSecret} checked={isSecret} disabled={wasSecret} onChange={setIsSecret} />
      {variable ? null : (
        <Field label={copy.belongsTo} help={copy.belongsHelp}>
          <Combobox
            value={workflow}
            options={[{ value: "", label: copy.shared }, ...(workflows.data ?? [])]}
            isLoading={workflows.isPending}
            onChange={setWorkflow}
          />
        </Field>
      )}
    </FormDialog>
  );
}

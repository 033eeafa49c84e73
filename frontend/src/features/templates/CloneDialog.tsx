import { useState } from "react";
import { useNavigate } from "react-router";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { nodeLabel } from "./nodeLabel";
import { cloneTemplate, type TemplateDetail, type TemplateField, useOwnCredentials } from "./queries";

interface CloneDialogProps {
  readonly template: TemplateDetail;
  readonly onClose: () => void;
}

/** Asks for what a template needs, and makes a workflow of it; what is left open is filled in in the editor. */
export function CloneDialog({ template, onClose }: CloneDialogProps) {
  const { id, name: wanted, fields, credentials_needed: needed } = template;
  const navigate = useNavigate();
  const own = useOwnCredentials();
  const [name, setName] = useState("");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const simple = fields.filter(isSimple);
  const clone = useAction(cloneTemplate, {
    refresh: ["workflows", "templates"],
    isShown: true,
    onDone: (made) => void navigate(`/workflows/${made.id}`),
  });
  const submit = () =>
    clone.run({
      id,
      body: {
        ...(name.trim() ? { name: name.trim() } : {}),
        values: Object.fromEntries(
          simple.flatMap((field) => {
            const text = values[field.key];
            return text === undefined || text === textOf(field) ? [] : [[field.key, givenValue(field, text)]];
          }),
        ),
        credentials: Object.fromEntries(Object.entries(chosen).filter(([, credential]) => credential)),
      },
    });
  return (
    <FormDialog
      title={copy.cloneTitle(wanted)}
      description={copy.cloneText}
      submitLabel={copy.cloneSubmit}
      size="medium"
      isBusy={clone.isBusy}
      problem={clone.problem}
      fields={["name"]}
      onClose={onClose}
      onSubmit={submit}
    >
      <Field label={copy.name} error={clone.problem?.messageOf("name")}>
        <Input
          autoFocus
          maxLength={120}
          placeholder={wanted}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      {needed.length > 0 ? (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-2 font-semibold">{copy.credentials}</legend>
          {needed.map(({ node_id: nodeId, slot, type }) => (
            <Field key={`${nodeId}.${slot}`} label={copy.needsCredential(nodeLabel(template, nodeId), type)}>
              <Select
                value={chosen[`${nodeId}.${slot}`] ?? ""}
                options={[
                  { value: "", label: copy.chooseLater },
                  ...(own.data ?? [])
                    .filter((one) => !type || one.type === type)
                    .map((one) => ({ value: one.id, label: one.name })),
                ]}
                onChange={(value) => setChosen({ ...chosen, [`${nodeId}.${slot}`]: value })}
              />
            </Field>
          ))}
        </fieldset>
      ) : null}
      {simple.length > 0 ? (
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-2 font-semibold">{copy.values}</legend>
          {simple.map((field) => (
            <Field key={field.key} label={copy.needsField(nodeLabel(template, field.node_id), field.label)}>
              <Input
                value={values[field.key] ?? textOf(field)}
                onChange={(event) => setValues({ ...values, [field.key]: event.target.value })}
              />
            </Field>
          ))}
        </fieldset>
      ) : null}
    </FormDialog>
  );
}

/** Whether a field can be filled in by one line; others are for the editor. */
function isSimple({ value }: TemplateField): boolean {
  return value === null || value === undefined || ["string", "number"].includes(typeof value);
}

const textOf = ({ value }: TemplateField): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** Returns a text as the field takes it: a number where one stood there, and where it is one. */
function givenValue({ value }: TemplateField, text: string): string | number {
  const number = Number(text);
  return typeof value === "number" && text.trim() !== "" && Number.isFinite(number) ? number : text;
}

import { useState } from "react";
import { CredentialFields } from "@/features/inspector";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Switch } from "@/ui/Switch";
import { copy } from "./copy";
import { type Credential, type CredentialChange, type CredentialType, changeCredential } from "./queries";

interface EditFormProps {
  readonly credential: Credential;
  readonly type: CredentialType;
}

/** Changes a credential: what stays empty of the secrets stays as it is. */
export function EditForm({ credential, type }: EditFormProps) {
  const { id, secrets_set } = credential;
  const [name, setName] = useState(credential.name);
  const [data, setData] = useState<Readonly<Record<string, string>>>({});
  const [limit, setLimit] = useState(credential.rate_limit);
  const save = useAction((change: CredentialChange) => changeCredential(id, change), {
    refresh: ["credentials"],
    done: copy.saved,
    isShown: true,
  });
  const { problem } = save;
  const shown = ["name", ...type.fields.flatMap((field) => [field.name, `data.${field.name}`])];
  // An emptied secret is kept; any other field that was emptied is cleared.
  const written = Object.entries(data).filter(([field, value]) => value !== "" || !secrets_set.includes(field));
  return (
    <form
      autoComplete="off"
      className="flex max-w-120 flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const changed = Object.fromEntries(written.map(([field, value]) => [field, value === "" ? null : value]));
        save.run({ name: name.trim(), data: changed, rate_limit: limit });
      }}
    >
      <Field label={copy.name} isRequired error={problem?.messageOf("name")}>
        <Input value={name} maxLength={120} required onChange={(event) => setName(event.target.value)} />
      </Field>
      <CredentialFields
        type={type}
        values={{ ...credential.data, ...data }}
        stored={secrets_set}
        errorOf={(field) => problem?.messageOf(`data.${field}`) ?? problem?.messageOf(field)}
        onChange={(field, value) => setData((before) => ({ ...before, [field]: value }))}
      />
      <div className="flex flex-col gap-2">
        <Switch
          label={copy.limit}
          checked={limit !== null}
          onChange={(isOn) => setLimit(isOn ? { max: 10, per_s: 60 } : null)}
        />
        <p className="text-meta text-muted">{copy.limitHelp}</p>
        {limit ? (
          <div className="grid grid-cols-2 gap-3">
            <Field label={copy.limitMax}>
              <Input
                type="number"
                min={1}
                max={10_000}
                required
                value={limit.max}
                onChange={(event) => setLimit({ ...limit, max: event.target.valueAsNumber || 0 })}
              />
            </Field>
            <Field label={copy.limitPer}>
              <Input
                type="number"
                min={0.1}
                max={86_400}
                step="any"
                required
                value={limit.per_s}
                onChange={(event) => setLimit({ ...limit, per_s: event.target.valueAsNumber || 0 })}
              />
            </Field>
          </div>
        ) : null}
      </div>
      <FormProblem problem={problem} fields={shown} />
      <Button type="submit" variant="primary" className="self-start" isBusy={save.isBusy}>
        {copy.save}
      </Button>
    </form>
  );
}

import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "../copy";
import type { CredentialType } from "../queries";

type CredentialField = CredentialType["fields"][number];

interface CredentialFieldsProps {
  readonly type: CredentialType;
  readonly values: Readonly<Record<string, string>>;
  /** Secrets that the server holds: an empty field keeps them. */
  readonly stored?: readonly string[];
  readonly errorOf: (field: string) => string | undefined;
  readonly onChange: (field: string, value: string) => void;
}

function isShown(field: CredentialField, values: Readonly<Record<string, string>>, all: readonly CredentialField[]) {
  const rule = field.show_if;
  if (rule === null || typeof rule.field !== "string" || !Array.isArray(rule.in)) return true;
  const other = values[rule.field] ?? all.find((entry) => entry.name === rule.field)?.default ?? null;
  return rule.in.includes(other);
}

/** The fields of a credential type; secrets are written, never shown. */
export function CredentialFields({ type, values, stored = [], errorOf, onChange }: CredentialFieldsProps) {
  return type.fields
    .filter((field) => isShown(field, values, type.fields))
    .map((field) => {
      const value = values[field.name] ?? field.default ?? "";
      const change = (next: string) => onChange(field.name, next);
      const isStored = stored.includes(field.name);
      const shared = { value, placeholder: isStored ? copy.credentials.stored : field.placeholder };
      return (
        <Field
          key={field.name}
          label={field.label}
          help={field.help || undefined}
          isRequired={field.required && !isStored}
          error={errorOf(field.name)}
        >
          {field.options.length > 0 ? (
            <Select
              value={value || undefined}
              options={field.options.map((option) => ({ value: String(option.value), label: option.label }))}
              onChange={change}
            />
          ) : (
            <Input
              {...shared}
              type={field.secret ? "password" : "text"}
              autoComplete={field.secret ? "new-password" : "off"}
              spellCheck={false}
              onChange={(event) => change(event.target.value)}
            />
          )}
        </Field>
      );
    });
}

import type { ProblemError } from "@/api";
import { Checkbox } from "@/ui/Checkbox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { Textarea } from "@/ui/Textarea";
import type { TaskField } from "./formFields";

interface FormFieldsProps {
  readonly fields: readonly TaskField[];
  readonly texts: Readonly<Record<string, string>>;
  readonly problem: ProblemError | null;
  readonly onChange: (name: string, text: string) => void;
}

/** The fields that a task asks to be filled in. */
export function FormFields({ fields, texts, problem, onChange }: FormFieldsProps) {
  return fields.map((field) => {
    const { name, kind, label, help, isRequired } = field;
    const value = texts[name] ?? field.initial;
    if (kind === "boolean")
      return (
        <Checkbox key={name} label={label} checked={value === "true"} onChange={(on) => onChange(name, String(on))} />
      );
    const error = problem?.messageOf(`data.${name}`) ?? problem?.messageOf(name);
    return (
      <Field key={name} label={label} help={help} isRequired={isRequired} error={error}>
        {kind === "choice" ? (
          <Select
            value={value === "" ? undefined : value}
            options={field.choices.map((choice) => ({ value: choice, label: choice }))}
            onChange={(next) => onChange(name, next)}
          />
        ) : kind === "json" ? (
          <Textarea className="font-mono" value={value} onChange={(event) => onChange(name, event.target.value)} />
        ) : (
          <Input
            type={kind === "number" ? "number" : "text"}
            step="any"
            value={value}
            onChange={(event) => onChange(name, event.target.value)}
          />
        )}
      </Field>
    );
  });
}

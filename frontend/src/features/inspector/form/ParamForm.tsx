import { CircleAlert } from "lucide-react";
import { useState } from "react";
import type { NodeField } from "@/domain/definition";
import { type FormProblem, formModel, withoutProblems } from "@/domain/form";
import type { JsonObject } from "@/domain/json";
import { copy } from "../copy";
import type { ChangeField, RenderField } from "./controlProps";
import { FieldView } from "./FieldView";
import { OptionMenu } from "./OptionMenu";

interface ParamFormProps {
  readonly fields: readonly NodeField[];
  readonly schema: JsonObject;
  readonly value: JsonObject;
  readonly problems?: readonly FormProblem[];
  readonly isDisabled?: boolean;
  /** Says only what the server found: nobody has tried to send it yet. */
  readonly isQuiet?: boolean;
  readonly onChange: ChangeField;
}

/** The form of a node's params, drawn from the catalogue. Give it the node's id as its key. */
export function ParamForm({
  fields,
  schema,
  value,
  problems = [],
  isDisabled = false,
  isQuiet = false,
  onChange,
}: ParamFormProps) {
  // What was shown once stays, also when it is emptied.
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => new Set(Object.keys(value)));
  const model = formModel({ fields: [...fields], schema, value, problems, opened });
  const open = (name: string) => setOpened((before) => (before.has(name) ? before : new Set(before).add(name)));
  const change: ChangeField = (path, next, label) => {
    open(String(path[0]));
    onChange(path, next, label);
  };
  const renderField: RenderField = (field, isBare = false, onChangeOf = change) => (
    <FieldView
      key={field.path.join(".")}
      field={field}
      onChange={onChangeOf}
      renderField={renderField}
      isDisabled={isDisabled}
      isBare={isBare}
    />
  );
  const isEmpty = model.shown.length === 0 && model.more.length === 0;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {isEmpty ? <p className="text-muted">{copy.form.empty}</p> : null}
      {model.shown.map((field) => renderField(isQuiet ? withoutProblems(field) : field))}
      {isDisabled ? null : <OptionMenu fields={model.more} onChoose={open} />}
      {model.others.length > 0 ? (
        <section aria-label={copy.form.otherProblems} className="flex flex-col gap-1 text-meta">
          {model.others.map((problem) => (
            <p key={`${problem.path}:${problem.code}`} className="flex items-start gap-1 text-err">
              <CircleAlert aria-hidden="true" size={14} strokeWidth={1.75} className="mt-px shrink-0" />
              {problem.message}
            </p>
          ))}
        </section>
      ) : null}
    </div>
  );
}

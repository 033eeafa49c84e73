import { useState } from "react";
import type { FieldModel } from "@/domain/form";
import type { ControlProps } from "./controlProps";
import { OptionMenu } from "./OptionMenu";

interface FieldListProps {
  readonly fields: readonly FieldModel[];
  readonly renderField: ControlProps["renderField"];
}

const ALL_UP_TO = 5;

/** The fields of an object: what is needed or set, the rest behind *Add option* when there are many. */
export function FieldList({ fields, renderField }: FieldListProps) {
  // What was shown once stays, also when it is emptied.
  const [opened, setOpened] = useState<ReadonlySet<string>>(
    () => new Set(fields.filter((field) => field.isSet).map((field) => field.name)),
  );
  const isShort = fields.length <= ALL_UP_TO;
  const isShown = (field: FieldModel) =>
    isShort || field.required || field.isSet || field.problemCount > 0 || opened.has(field.name);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {fields.filter(isShown).map((field) => renderField(field))}
      <OptionMenu
        fields={fields.filter((field) => !isShown(field))}
        onChoose={(name) => setOpened((before) => new Set(before).add(name))}
      />
    </div>
  );
}

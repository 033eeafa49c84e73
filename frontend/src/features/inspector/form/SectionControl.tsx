import type { ControlProps } from "./controlProps";
import { FieldList } from "./FieldList";

/** An object with fields of its own. */
export function SectionControl({ field, renderField }: ControlProps) {
  return (
    <div className="border-l-2 pl-3">
      <FieldList fields={field.fields} renderField={renderField} />
    </div>
  );
}

import { isJsonObject, type Json } from "@/domain/json";
import { Select } from "@/ui/Select";
import { optionsOf, placeOf, valueAt } from "./choices";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";
import { FieldList } from "./FieldList";

/** One of several kinds of object: which one, then its fields. */
export function VariantControl(props: ControlProps) {
  const { field, onChange, renderField, isDisabled = false } = props;
  const { discriminator } = field;
  const given = shownValue(field);
  const held = isJsonObject(given) ? given : {};
  const choose = (place: string) => {
    const kind: Json | undefined = valueAt(field, place);
    if (discriminator === null || kind === undefined) return;
    // What another kind had is not carried over: its fields mean something else.
    onChange(field.path, { [discriminator]: kind }, field.label);
  };
  return (
    <div className="flex flex-col gap-3">
      <Select
        {...ariaOf(props)}
        aria-label={field.label}
        value={placeOf(field, discriminator === null ? undefined : held[discriminator])}
        options={optionsOf(field)}
        onChange={choose}
        disabled={isDisabled}
      />
      {field.fields.length > 0 ? (
        <div className="border-l-2 pl-3">
          <FieldList fields={field.fields} renderField={renderField} />
        </div>
      ) : null}
    </div>
  );
}

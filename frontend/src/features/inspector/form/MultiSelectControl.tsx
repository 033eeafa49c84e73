import { jsonText } from "@/domain/exactJson";
import { type Json, sameJson } from "@/domain/json";
import { Checkbox } from "@/ui/Checkbox";
import { type ControlProps, shownValue } from "./controlProps";

/** Some of some values. */
export function MultiSelectControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const given = shownValue(field);
  const chosen: Json[] = Array.isArray(given) ? given : [];
  const others = chosen.filter((value) => !field.options.some((option) => sameJson(option.value, value)));
  const options = [...field.options, ...others.map((value) => ({ value, label: String(value) }))];
  const toggle = (value: Json, isOn: boolean) => {
    const rest = chosen.filter((entry) => !sameJson(entry, value));
    // In the order of the choices, whatever the order of the clicks.
    const next = isOn
      ? options.map((option) => option.value).filter((entry) => [...rest, value].some((one) => sameJson(one, entry)))
      : rest;
    onChange(field.path, next, field.label);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: the legend stands in the frame around it
    <div
      id={props.id}
      role="group"
      aria-label={field.label}
      aria-describedby={props["aria-describedby"]}
      className="flex flex-wrap gap-x-4 gap-y-1"
    >
      {options.map(({ value, label }) => (
        <Checkbox
          key={jsonText(value)}
          label={label}
          checked={chosen.some((entry) => sameJson(entry, value))}
          disabled={isDisabled}
          onChange={(isOn) => toggle(value, isOn)}
        />
      ))}
    </div>
  );
}

import { Switch } from "@/ui/Switch";
import { copy } from "../copy";
import { type ControlProps, shownValue } from "./controlProps";

/** On or off. */
export function BooleanControl(props: ControlProps) {
  const { field, onChange, isDisabled = false, id } = props;
  const isOn = shownValue(field) === true;
  return (
    <div className="flex h-7 items-center gap-2">
      <Switch
        {...(id ? { id } : {})}
        aria-describedby={props["aria-describedby"]}
        checked={isOn}
        disabled={isDisabled}
        onChange={(next) => onChange(field.path, next, field.label)}
      />
      <span aria-hidden="true" className="text-muted">
        {isOn ? copy.form.on : copy.form.off}
      </span>
    </div>
  );
}

import { Input } from "@/ui/Input";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

/** Returns a moment as the browser's field wants it: local time without a zone. */
function localText(value: unknown): string {
  const moment = typeof value === "string" ? new Date(value) : null;
  if (moment === null || Number.isNaN(moment.getTime())) return "";
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A moment, chosen in local time and kept in UTC. */
export function DateTimeControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  return (
    <Input
      {...ariaOf(props)}
      type="datetime-local"
      disabled={isDisabled}
      value={localText(shownValue(field))}
      onChange={({ target }) => {
        const moment = new Date(target.value);
        onChange(field.path, Number.isNaN(moment.getTime()) ? undefined : moment.toISOString(), field.label);
      }}
    />
  );
}

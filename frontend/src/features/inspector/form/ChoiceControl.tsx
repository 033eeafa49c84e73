import { Combobox } from "@/ui/Combobox";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { Select } from "@/ui/Select";
import { copy } from "../copy";
import { optionsOf, placeOf, valueAt } from "./choices";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

const SEARCH_FROM = 10;

/** One of some values: side by side when they are few and short, searchable when they are many. */
export function ChoiceControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const options = optionsOf(field);
  const given = shownValue(field);
  const value = placeOf(field, given);
  const choose = (place: string) => onChange(field.path, valueAt(field, place), field.label);
  const shared = { ...ariaOf(props), value, options, onChange: choose, disabled: isDisabled };
  // In a narrow form the choices stand below each other rather than cut.
  const wraps = "h-auto! flex-wrap *:min-h-7 max-md:*:min-h-9";
  if (field.control === "segmented") return <SegmentedControl {...shared} label={field.label} className={wraps} />;
  // A value that is none of the choices is still shown, so that it can be seen and changed.
  const placeholder =
    value === undefined && given !== undefined && given !== null ? { placeholder: String(given) } : {};
  return options.length > SEARCH_FROM ? (
    <Combobox {...shared} {...placeholder} searchLabel={copy.form.search} />
  ) : (
    <Select {...shared} {...placeholder} />
  );
}

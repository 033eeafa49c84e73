import { Combobox } from "@/ui/Combobox";
import { copy } from "../copy";
import { useModelChoices } from "../queries";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

/** A language model that this installation can call. */
export function ModelControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const given = shownValue(field);
  const value = typeof given === "string" && given !== "" ? given : undefined;
  const { data, isPending } = useModelChoices();
  return (
    <Combobox
      {...ariaOf(props)}
      value={value}
      disabled={isDisabled}
      options={data ?? []}
      isLoading={isPending}
      placeholder={copy.form.model}
      emptyText={copy.form.noModel}
      onChange={(next) => onChange(field.path, next, field.label)}
    />
  );
}

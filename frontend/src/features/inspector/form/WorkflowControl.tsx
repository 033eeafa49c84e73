import { useState } from "react";
import { Combobox } from "@/ui/Combobox";
import { copy } from "../copy";
import { useWorkflowChoices } from "../queries";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

/** A workflow of one's own, found by its name. */
export function WorkflowControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const given = shownValue(field);
  const value = typeof given === "string" && given !== "" ? given : undefined;
  const [search, setSearch] = useState("");
  const { data, isPending } = useWorkflowChoices(search, value);
  return (
    <Combobox
      {...ariaOf(props)}
      value={value}
      disabled={isDisabled}
      options={data ?? []}
      isLoading={isPending}
      placeholder={copy.form.workflow}
      emptyText={copy.form.noWorkflow}
      onSearch={setSearch}
      onChange={(next) => onChange(field.path, next, field.label)}
    />
  );
}

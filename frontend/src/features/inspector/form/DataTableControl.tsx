import { useState } from "react";
import { useParams } from "react-router";
import { Combobox } from "@/ui/Combobox";
import { copy } from "../copy";
import { useTableChoices } from "../queries";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

/** A data table that the open workflow may use, found by its name. */
export function DataTableControl(props: ControlProps) {
  const { field, onChange, isDisabled = false } = props;
  const { workflowId } = useParams();
  const given = shownValue(field);
  const value = typeof given === "string" && given !== "" ? given : undefined;
  const [search, setSearch] = useState("");
  const { data, isPending } = useTableChoices(search, workflowId);
  return (
    <Combobox
      {...ariaOf(props)}
      value={value}
      disabled={isDisabled}
      options={data ?? []}
      isLoading={isPending}
      placeholder={copy.form.table}
      emptyText={copy.form.noTable}
      onSearch={setSearch}
      onChange={(next) => onChange(field.path, next, field.label)}
    />
  );
}

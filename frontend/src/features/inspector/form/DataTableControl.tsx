import { useState } from "react";
import { useParams } from "react-router";
import { copy } from "../copy";
import { useTableChoices } from "../queries";
import { Chooser } from "./Chooser";
import type { ControlProps } from "./controlProps";

/** A data table that the open workflow may use, found by its name. */
export function DataTableControl(props: ControlProps) {
  const { workflowId } = useParams();
  const [search, setSearch] = useState("");
  const choices = useTableChoices(search, workflowId);
  const texts = { placeholder: copy.form.table, emptyText: copy.form.noTable };
  return <Chooser {...props} {...texts} choices={choices} onSearch={setSearch} />;
}

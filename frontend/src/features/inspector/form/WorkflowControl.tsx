import { useState } from "react";
import { copy } from "../copy";
import { useWorkflowChoices } from "../queries";
import { Chooser, chosenIn } from "./Chooser";
import type { ControlProps } from "./controlProps";

/** A workflow of one's own, found by its name. */
export function WorkflowControl(props: ControlProps) {
  const [search, setSearch] = useState("");
  const choices = useWorkflowChoices(search, chosenIn(props));
  const texts = { placeholder: copy.form.workflow, emptyText: copy.form.noWorkflow };
  return <Chooser {...props} {...texts} choices={choices} onSearch={setSearch} />;
}

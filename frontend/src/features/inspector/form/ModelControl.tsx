import { copy } from "../copy";
import { useModelChoices } from "../queries";
import { Chooser } from "./Chooser";
import type { ControlProps } from "./controlProps";

/** A language model that this installation can call. */
export function ModelControl(props: ControlProps) {
  const choices = useModelChoices();
  return <Chooser {...props} choices={choices} placeholder={copy.form.model} emptyText={copy.form.noModel} />;
}

import { useState } from "react";
import { Combobox } from "@/ui/Combobox";
import { copy } from "./copy";
import { useWorkflowChoices } from "./queries";

interface ErrorWorkflowProps {
  readonly id?: string;
  /** Empty: none. */
  readonly value: string;
  readonly isDisabled: boolean;
  readonly onChange: (id: string) => void;
}

/** The workflow that is started when a run fails, found by its name. */
export function ErrorWorkflow({ value, isDisabled, onChange, ...field }: ErrorWorkflowProps) {
  const [search, setSearch] = useState("");
  const choices = useWorkflowChoices(search, value || undefined);
  const none = { value: "", label: copy.workflow.noErrorWorkflow };
  return (
    <Combobox
      {...field}
      value={value}
      disabled={isDisabled}
      options={search === "" ? [none, ...(choices.data ?? [])] : (choices.data ?? [])}
      isLoading={choices.isPending}
      onSearch={setSearch}
      onChange={onChange}
    />
  );
}

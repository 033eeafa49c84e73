import { Combobox } from "@/ui/Combobox";
import type { SelectOption } from "@/ui/Select";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

interface ChooserProps extends ControlProps {
  /** What can be chosen, as a query has it. */
  readonly choices: { readonly data: readonly SelectOption[] | undefined; readonly isPending: boolean };
  readonly placeholder: string;
  readonly emptyText: string;
  /** Search done by the server; without it the choices are searched. */
  readonly onSearch?: (text: string) => void;
}

/** Returns the text that a field holds, by which something is chosen; undefined where it holds none. */
export function chosenIn({ field }: Pick<ControlProps, "field">): string | undefined {
  const given = shownValue(field);
  return typeof given === "string" && given !== "" ? given : undefined;
}

/** One of many things that the server knows, found by its name. */
export function Chooser({ choices, placeholder, emptyText, onSearch, ...control }: ChooserProps) {
  const { field, onChange, isDisabled = false } = control;
  return (
    <Combobox
      {...ariaOf(control)}
      value={chosenIn(control)}
      disabled={isDisabled}
      options={choices.data ?? []}
      isLoading={choices.isPending}
      placeholder={placeholder}
      emptyText={emptyText}
      {...(onSearch ? { onSearch } : {})}
      onChange={(next) => onChange(field.path, next, field.label)}
    />
  );
}

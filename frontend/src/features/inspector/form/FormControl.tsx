import { useState } from "react";
import {
  changeEntry,
  entryRows,
  type FormEntry,
  holdsOnlyFields,
  readForm,
  writeForm,
  wrongNames,
} from "@/domain/form";
import { type Json, sameJson } from "@/domain/json";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { copy } from "../copy";
import { type ChangeField, type ControlProps, shownValue } from "./controlProps";
import { JsonControl } from "./JsonControl";
import { RowsControl } from "./RowsControl";

const VIEWS = [
  { value: "list", label: copy.form.asFields },
  { value: "json", label: copy.form.asSchema },
] as const;

const NO_FORM = { entries: [], given: { type: "object" } };

interface Draft {
  /** The value that these were read from, or written as. */
  readonly of: Json | undefined;
  readonly entries: readonly FormEntry[];
}

/** A form for people: a list of its fields, and its JSON Schema for what the list cannot express. */
export function FormControl(props: ControlProps) {
  const { field, onChange, renderField, isDisabled = false } = props;
  const given = shownValue(field);
  const found = readForm(given);
  const [view, setView] = useState<"list" | "json">(found === null ? "json" : "list");
  // While a name is missing or stands there twice, the list has no schema and stays here.
  const [draft, setDraft] = useState<Draft | null>(null);
  const entries = draft !== null && sameJson(draft.of, given) ? draft.entries : (found?.entries ?? []);
  const isList = view === "list" && found !== null;
  const store = (next: FormEntry[]) => {
    if (wrongNames(next).size > 0) return setDraft({ of: given, entries: next });
    const form = found ?? NO_FORM;
    const isNothing = next.length === 0 && field.nullable && holdsOnlyFields(form);
    const written = isNothing ? null : writeForm({ ...form, entries: next });
    setDraft({ of: written, entries: next });
    onChange(field.path, written, field.label);
  };
  const change: ChangeField = (path, value) => {
    const [at, key] = path.slice(field.path.length);
    // Without a place, it is the whole list, which is made of what was given to it.
    if (at === undefined) return store(value as FormEntry[]);
    store(entries.map((entry, place) => (place === at ? changeEntry(entry, String(key), value) : entry)));
  };
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {found === null ? (
        <p className="text-meta text-muted">{copy.form.onlySchema}</p>
      ) : (
        <SegmentedControl
          className="self-start"
          label={copy.form.viewOf(field.label)}
          value={view}
          options={VIEWS}
          onChange={setView}
        />
      )}
      {isList ? (
        <RowsControl
          {...props}
          field={entryRows(field, entries)}
          onChange={change}
          renderField={(one, isBare) => renderField(one, isBare, change)}
          isDisabled={isDisabled}
        />
      ) : (
        <JsonControl {...props} />
      )}
    </div>
  );
}

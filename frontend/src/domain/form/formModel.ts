/** The list of a form's fields as a field of our form renderer: rows that are moved and taken away. */

import type { Json } from "../json";
import { copy } from "./copy";
import { type FieldModel, fieldModel } from "./fieldModel";
import { entrySchema, type FormEntry, newEntry, wrongNames } from "./formFields";

/** Returns the rows for a list of fields, in the place of the param that holds the form. */
export function entryRows(field: FieldModel, entries: readonly FormEntry[]): FieldModel {
  const wrong = wrongNames(entries);
  const value: Json[] = [...entries];
  const rows = entries.map((entry, at) => {
    const schema = entrySchema(entry, field.control === "file_form");
    const path = [...field.path, at];
    const place = { name: String(at), path, schema, value: entry, required: true, takesExpression: false, depth: 0 };
    const { fields } = fieldModel(place, { root: {}, problems: new Map(), params: {} });
    const isTaken = entry.name !== "" && wrong.has(entry.name);
    return fields.map((one) => (one.name === "name" && isTaken ? taken(one) : one));
  });
  const newRow: Json = newEntry(entries);
  return { ...field, control: "rows", value, rows, newRow, entryLabel: copy.formField.entry };
}

function taken(field: FieldModel): FieldModel {
  return {
    ...field,
    problems: [{ code: "unique", message: copy.formField.nameTaken, severity: "error" }],
    problemCount: 1,
  };
}

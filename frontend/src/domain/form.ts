/** A node's form as plain values: from the catalogue's fields, the params' schema, the params and what is wrong with them. */

import type { NodeField } from "./definition";
import { isExpression } from "./expression";
import type { Problem } from "./form/checks";
import { type Context, type FieldModel, fieldModel } from "./form/fieldModel";
import { propertiesOf } from "./form/schema";
import { type JsonObject, sameJson } from "./json";

export type { Problem } from "./form/checks";
export type { Control } from "./form/controls";
export type { Bounds, Choice, FieldModel } from "./form/fieldModel";
export {
  changeEntry,
  type FormEntry,
  holdsOnlyFields,
  orderedProperties,
  readForm,
  writeForm,
  wrongNames,
} from "./form/formFields";
export { entryRows } from "./form/formModel";
export { initialOf } from "./form/schema";
export { schemaFields, withDefaults } from "./form/schemaForm";

export interface FormProblem extends Problem {
  /** A path in the params, dotted: `url`, `cases.0.name`. */
  path: string;
}

export interface FormModel {
  /** What stands there from the start: what is needed, what is set, the main group. */
  shown: FieldModel[];
  /** What stands behind *Add option*. */
  more: FieldModel[];
  /** Problems of params that the form has no field for. */
  others: FormProblem[];
}

export interface FormInput {
  fields: readonly NodeField[];
  schema: JsonObject;
  value: JsonObject;
  problems?: readonly FormProblem[];
  /** Fields taken from *Add option*, by name, though nothing is set in them yet. */
  opened?: ReadonlySet<string>;
}

/** Whether a field's `show_if` holds; with an expression in the other field nobody knows yet, so it shows. */
export function isVisible(field: NodeField, value: JsonObject, fields: readonly NodeField[]): boolean {
  const rule = field.show_if;
  if (rule === null || rule === undefined) return true;
  const other = value[rule.field] ?? fields.find((entry) => entry.name === rule.field)?.default ?? null;
  return isExpression(other) || rule.in.some((wanted) => sameJson(wanted, other));
}

function grouped(problems: readonly FormProblem[]): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const { path, ...problem } of problems) found.set(path, [...(found.get(path) ?? []), problem]);
  return found;
}

/** Return the fields of a node's form, in drawing order. */
export function formModel(input: FormInput): FormModel {
  const { fields, schema, value, problems = [], opened } = input;
  const context: Context = { root: schema, problems: grouped(problems), params: value };
  const entries = new Map(propertiesOf(schema));
  const shown: FieldModel[] = [];
  const more: FieldModel[] = [];
  for (const field of fields) {
    const held = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
    if (!isVisible(field, value, fields) && held === undefined) continue;
    const model = fieldModel(
      {
        name: field.name,
        path: [field.name],
        schema: entries.get(field.name) ?? {},
        value: held,
        required: field.required,
        takesExpression: field.expression,
        field,
        depth: 0,
      },
      context,
    );
    const first =
      field.required || field.group === "main" || model.isSet || opened?.has(field.name) || model.problemCount > 0;
    (first ? shown : more).push(model);
  }
  const names = new Set(fields.map((field) => field.name));
  const others = problems.filter(({ path }) => !names.has(path.split(".")[0] ?? ""));
  const unknown = Object.keys(value).filter((name) => !names.has(name));
  for (const name of unknown) {
    // A param that the type does not have (any more): shown, so that it can be taken away.
    shown.push(
      fieldModel(
        { name, path: [name], schema: {}, value: value[name], required: false, takesExpression: true, depth: 0 },
        context,
      ),
    );
  }
  return { shown, more, others: others.filter(({ path }) => !unknown.includes(path.split(".")[0] ?? "")) };
}

/** Return all fields of a form and those inside them. */
export function allFields(fields: readonly FieldModel[]): FieldModel[] {
  return fields.flatMap((field) => [field, ...allFields([...field.fields, ...field.rows.flat()])]);
}

/** Return a field as it looks before anybody tried to send it: nothing is wrong yet. */
export function withoutProblems(field: FieldModel): FieldModel {
  return {
    ...field,
    problems: [],
    problemCount: 0,
    fields: field.fields.map(withoutProblems),
    rows: field.rows.map((row) => row.map(withoutProblems)),
  };
}

/** A node's form as plain values: from the catalogue's fields, the params' schema, the params and what is wrong with them. */

import type { NodeField } from "./definition";
import { isExpression } from "./expression";
import { check, type Problem } from "./form/checks";
import { type Control, controlOf } from "./form/controls";
import { initialOf, optionsOf, propertiesOf, requiredOf, resolve, type Schema, variantsOf, words } from "./form/schema";
import { isJsonObject, type Json, type JsonObject, sameJson } from "./json";
import { dotted, type Path } from "./paths";

export type { Problem } from "./form/checks";
export type { Control } from "./form/controls";
export { initialOf } from "./form/schema";

export interface FormProblem extends Problem {
  /** A path in the params, dotted: `url`, `cases.0.name`. */
  path: string;
}

export interface Choice {
  value: Json;
  label: string;
}

export interface Bounds {
  min?: number;
  max?: number;
  /** The bound itself is not allowed. */
  minExcluded?: boolean;
  maxExcluded?: boolean;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

export interface FieldModel {
  name: string;
  path: Path;
  control: Control;
  label: string;
  help: string;
  placeholder: string;
  required: boolean;
  /** It can be cleared to `null`. */
  nullable: boolean;
  value: Json | undefined;
  default: Json | undefined;
  isSet: boolean;
  /** An expression may stand here, and does. */
  takesExpression: boolean;
  isExpression: boolean;
  options: Choice[];
  bounds: Bounds;
  language: string | null;
  problems: Problem[];
  /** Problems here and further inside. */
  problemCount: number;
  /** The fields of a section, or of the variant that is chosen. */
  fields: FieldModel[];
  /** The entries of `rows`, each a list of fields, or of `dict`, each a single one. */
  rows: FieldModel[][];
  /** What a new row starts with. */
  newRow: Json;
  /** The field of a `variant` that tells which one it is; `options` are the choices. */
  discriminator: string | null;
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

interface Context {
  root: Schema;
  problems: ReadonlyMap<string, Problem[]>;
  params: JsonObject;
}

const MAX_DEPTH = 12;

function boundsOf(schema: Schema): Bounds {
  const number = (key: string): number | undefined =>
    typeof schema[key] === "number" ? Number(schema[key]) : undefined;
  const [min, max] = [number("exclusiveMinimum") ?? number("minimum"), number("exclusiveMaximum") ?? number("maximum")];
  const [maxLength, minItems, maxItems] = [number("maxLength"), number("minItems"), number("maxItems")];
  return {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(number("exclusiveMinimum") === undefined ? {} : { minExcluded: true }),
    ...(number("exclusiveMaximum") === undefined ? {} : { maxExcluded: true }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
  };
}

function text(...candidates: (Json | undefined)[]): string {
  return candidates.map((entry) => (typeof entry === "string" ? entry : "")).find((entry) => entry !== "") ?? "";
}

function languageOf(language: string | null, context: Context, field: NodeField | undefined): string | null {
  if (!language?.startsWith("param:")) return language;
  const name = language.slice("param:".length);
  const chosen = context.params[name] ?? defaultOf(context.root, name);
  return typeof chosen === "string" ? chosen : (field?.language ?? null);
}

function defaultOf(root: Schema, name: string): Json | undefined {
  return propertiesOf(root).find(([key]) => key === name)?.[1].default;
}

interface Place {
  name: string;
  path: Path;
  schema: Schema;
  value: Json | undefined;
  required: boolean;
  takesExpression: boolean;
  field?: NodeField;
  depth: number;
}

function inner(place: Place, name: string | number, schema: Schema, value: Json | undefined, required: boolean): Place {
  const path = [...place.path, name];
  return {
    name: String(name),
    path,
    schema,
    value,
    required,
    takesExpression: place.takesExpression,
    depth: place.depth + 1,
  };
}

function sectionFields(place: Place, schema: Schema, context: Context, except?: string): FieldModel[] {
  const held = isJsonObject(place.value) ? place.value : {};
  const needed = requiredOf(schema);
  return propertiesOf(schema)
    .filter(([name]) => name !== except)
    .map(([name, entry]) => fieldModel(inner(place, name, entry, held[name], needed.has(name)), context));
}

function rowsOf(place: Place, control: Control, schema: Schema, items: Schema, context: Context): FieldModel[][] {
  if (control === "rows" && Array.isArray(place.value)) {
    return place.value.map((entry, at) => {
      const row = inner(place, at, items, entry, true);
      // An entry that is no object, or has variants, is one field; else its members are the row's.
      const variants = variantsOf(items, context.root) !== null;
      return isJsonObject(entry) && !variants ? sectionFields(row, items, context) : [fieldModel(row, context)];
    });
  }
  if (control === "dict" && isJsonObject(place.value)) {
    const entrySchema = isJsonObject(schema.additionalProperties) ? schema.additionalProperties : {};
    return Object.entries(place.value).map(([key, entry]) => [
      fieldModel(inner(place, key, entrySchema, entry, true), context),
    ]);
  }
  return [];
}

function variantParts(
  place: Place,
  schema: Schema,
  context: Context,
): Pick<FieldModel, "fields" | "options" | "discriminator"> {
  const found = variantsOf(schema, context.root);
  const held = isJsonObject(place.value) ? place.value : undefined;
  const chosen = found?.variants.find((variant) => sameJson(variant.value, held?.[found.field] ?? null));
  return {
    discriminator: found?.field ?? null,
    options: found?.variants.map(({ value, label }) => ({ value, label })) ?? [],
    fields: found && chosen ? sectionFields(place, chosen.schema, context, found.field) : [],
  };
}

function choices(schema: Schema, items: Schema, field: NodeField | undefined): Choice[] {
  if (field !== undefined && field.options.length > 0) return field.options;
  return (optionsOf(schema) ?? optionsOf(items) ?? []).map((value) => ({ value, label: words(String(value)) }));
}

/** Return the model of one value and of all inside it. */
function fieldModel(place: Place, context: Context): FieldModel {
  const { field, value } = place;
  const { schema, nullable } = resolve(place.schema, context.root);
  const items = isJsonObject(schema.items) ? resolve(schema.items, context.root).schema : {};
  const deep = place.depth >= MAX_DEPTH;
  const control = deep ? "json" : controlOf(schema, items, context.root, nullable, field, value);
  const expressed = place.takesExpression && isExpression(value);
  const fields = control === "section" && !expressed ? sectionFields(place, schema, context) : [];
  const rows = rowsOf(place, control, schema, items, context);
  const own = check(schema, value, place.required, nullable);
  const said = context.problems.get(dotted(place.path)) ?? [];
  const language = field?.language ?? (typeof schema.language === "string" ? schema.language : null);
  const model: FieldModel = {
    name: place.name,
    path: place.path,
    control,
    label: text(field?.label, schema.title) || words(place.name),
    help: text(field?.help, schema.description),
    placeholder: text(field?.placeholder, schema.placeholder),
    required: place.required,
    nullable,
    value,
    default: schema.default ?? field?.default ?? undefined,
    isSet: value !== undefined,
    takesExpression: place.takesExpression,
    isExpression: expressed,
    options: control === "variant" ? [] : choices(schema, items, field),
    bounds: boundsOf(schema),
    language: languageOf(language, context, field),
    problems: own === null || said.length > 0 ? said : [own],
    problemCount: 0,
    fields,
    rows,
    newRow: control === "dict" ? "" : initialOf(items, context.root),
    discriminator: null,
    ...(control === "variant" ? variantParts(place, schema, context) : {}),
  };
  const below = [...model.fields, ...model.rows.flat()].reduce((sum, entry) => sum + entry.problemCount, 0);
  return { ...model, problemCount: model.problems.length + below };
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

/** The model of one value in a form, and of all inside it. */

import type { NodeField } from "../definition";
import { isExpression } from "../expression";
import { isJsonObject, type Json, type JsonObject, sameJson } from "../json";
import { dotted, type Path } from "../paths";
import { check, type Problem } from "./checks";
import { type Control, controlOf } from "./controls";
import { initialOf, optionsOf, propertiesOf, requiredOf, resolve, type Schema, variantsOf, words } from "./schema";

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
  /** What one entry of a list is called, where the schema says so: "Condition" among "Conditions". */
  entryLabel: string | null;
  /** The field of a `variant` that tells which one it is; `options` are the choices. */
  discriminator: string | null;
  /** What the param holds that this one depends on: the schema's `of` names it. */
  of: Json | undefined;
}

export interface Context {
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

/** Returns the name of a model as words: "SortField" → "Sort field". */
function spaced(name: string): string {
  return words(name.replace(/(?<=[a-z0-9])[A-Z](?=[a-z])/g, (letter) => ` ${letter.toLowerCase()}`));
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

export interface Place {
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
  const named = isJsonObject(schema.option_labels) ? schema.option_labels : {};
  return (optionsOf(schema) ?? optionsOf(items) ?? []).map((value) => {
    const name = String(value);
    const label = Object.hasOwn(named, name) ? named[name] : undefined;
    return { value, label: typeof label === "string" ? label : words(name) };
  });
}

/** Return the model of one value and of all inside it. */
export function fieldModel(place: Place, context: Context): FieldModel {
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
    entryLabel: control === "rows" && typeof items.title === "string" ? spaced(items.title) : null,
    newRow: control === "dict" ? "" : initialOf(items, context.root),
    discriminator: null,
    of: typeof schema.of === "string" ? (context.params[schema.of] ?? defaultOf(context.root, schema.of)) : undefined,
    ...(control === "variant" ? variantParts(place, schema, context) : {}),
  };
  const below = [...model.fields, ...model.rows.flat()].reduce((sum, entry) => sum + entry.problemCount, 0);
  return { ...model, problemCount: model.problems.length + below };
}

/** A form that people fill in, as a list of its fields: read from its JSON Schema and written back without loss. */

import { isJsonObject, type Json, type JsonObject, sameJson } from "../json";
import { copy } from "./copy";
import { propertiesOf, requiredOf, type Schema } from "./schema";

export type FieldKind = keyof typeof copy.fieldKinds;

/** One field. It is JSON, so that the form of fields is drawn like any other. */
export type FormEntry = JsonObject & {
  name: string;
  label: string;
  type: FieldKind;
  required: boolean;
  choices?: Json[];
  default?: Json;
  help?: string;
  /** What else the schema says of it. */
  rest: JsonObject;
};

export interface WrittenForm {
  entries: FormEntry[];
  /** What the schema says beside its fields. */
  rest: JsonObject;
}

/** JSON objects have no order that every store keeps: each field says its place. */
const PLACE = "propertyOrder";

const SHAPES: Readonly<Record<Exclude<FieldKind, "custom">, JsonObject>> = {
  text: { type: "string" },
  long_text: { type: "string", format: "textarea" },
  number: { type: "number" },
  integer: { type: "integer" },
  boolean: { type: "boolean" },
  choice: { type: "string" },
  choices: { type: "array", uniqueItems: true },
  date: { type: "string", format: "date" },
  date_time: { type: "string", format: "date-time" },
  email: { type: "string", format: "email" },
  url: { type: "string", format: "uri" },
  file: { type: "string", format: "binary" },
};

const areTexts = (value: Json | undefined): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");

/** Returns the sort of a field; what only JSON can express is custom. */
function kindOf(schema: Schema): FieldKind {
  const { type, format, items } = schema;
  if (schema.enumNames !== undefined || schema.oneOf !== undefined || schema.anyOf !== undefined) return "custom";
  if (type === "array" && isJsonObject(items)) {
    return areTexts(items.enum) && sameJson({ ...items, type: "string" }, { type: "string", enum: items.enum })
      ? "choices"
      : "custom";
  }
  if (schema.enum !== undefined) return type === "string" && areTexts(schema.enum) ? "choice" : "custom";
  const found = Object.entries(SHAPES).find(([, shape]) => shape.type === type && shape.format === format);
  if (found === undefined || found[0] === "choices") return "custom";
  return found[0] as FieldKind; // a key of SHAPES
}

function entryOf(name: string, schema: Schema, required: boolean): FormEntry {
  const type = kindOf(schema);
  const { title, description, default: given, [PLACE]: _place, ...rest } = schema;
  const choices = type === "choices" && isJsonObject(schema.items) ? schema.items.enum : schema.enum;
  const hasChoices = type === "choice" || type === "choices";
  const drawn = hasChoices ? without(rest, ["enum", "items"]) : rest;
  return {
    name,
    label: typeof title === "string" ? title : "",
    type,
    required,
    ...(hasChoices && areTexts(choices) ? { choices } : {}),
    ...(given === undefined ? {} : { default: given }),
    ...(typeof description === "string" ? { help: description } : {}),
    rest: type === "custom" ? drawn : without(drawn, Object.keys(SHAPES[type])),
  };
}

function without(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** Returns the fields of a form in their order; those that say no place stand last, as they were written. */
export function orderedProperties(form: Schema): [string, Schema][] {
  const place = (schema: Schema) => (typeof schema[PLACE] === "number" ? schema[PLACE] : Number.POSITIVE_INFINITY);
  return propertiesOf(form).toSorted(([, one], [, other]) => {
    const [left, right] = [place(one), place(other)];
    return left === right ? 0 : left - right;
  });
}

/** Returns a form as a list, or null for one that only JSON can show. */
export function readForm(value: Json | undefined): WrittenForm | null {
  if (value === undefined || value === null) return { entries: [], rest: {} };
  if (!isJsonObject(value) || (value.type ?? "object") !== "object") return null;
  const { type: _type, properties, required, ...rest } = value;
  if (properties !== undefined && !(isJsonObject(properties) && Object.values(properties).every(isJsonObject)))
    return null;
  if (required !== undefined && !areTexts(required)) return null;
  const needed = requiredOf(value);
  const known = orderedProperties(value);
  if ([...needed].some((name) => !known.some(([other]) => other === name))) return null;
  return { entries: known.map(([name, schema]) => entryOf(name, schema, needed.has(name))), rest };
}

function schemaOf(entry: FormEntry, place: number): Schema {
  const { label, type, choices = [], default: given, help, rest } = entry;
  const hasDefault = given !== undefined && given !== null && given !== "";
  return {
    ...rest,
    ...(type === "custom" ? {} : SHAPES[type]),
    ...(type === "choice" ? { enum: choices } : {}),
    ...(type === "choices" ? { items: { type: "string", enum: choices } } : {}),
    ...(label === "" ? {} : { title: label }),
    ...(help ? { description: help } : {}),
    ...(hasDefault ? { default: given } : {}),
    [PLACE]: place,
  };
}

/** Returns the JSON Schema of a list of fields. */
export function writeForm({ entries, rest }: WrittenForm): JsonObject {
  const needed = entries.filter((entry) => entry.required).map((entry) => entry.name);
  return {
    ...rest,
    type: "object",
    properties: Object.fromEntries(entries.map((entry, at) => [entry.name, schemaOf(entry, at + 1)])),
    ...(needed.length > 0 ? { required: needed } : {}),
  };
}

/** Returns a field with one thing changed; what its new sort cannot have is left out. */
export function changeEntry(entry: FormEntry, key: string, value: Json | undefined): FormEntry {
  if (key !== "type") {
    const next = { ...entry, [key]: value ?? "" };
    return value === undefined && key !== "name" && key !== "label" ? (without(next, [key]) as FormEntry) : next;
  }
  const { name, label, required, help, choices } = entry;
  const hasChoices = value === "choice" || value === "choices";
  return {
    name,
    label,
    type: value as FieldKind, // one of the choices of `entrySchema`
    required,
    ...(help === undefined ? {} : { help }),
    ...(hasChoices ? { choices: choices ?? [] } : {}),
    rest: {},
  };
}

/** Returns a field to begin with, of a name that is free. */
export function newEntry(entries: readonly FormEntry[]): FormEntry {
  let number = entries.length + 1;
  while (entries.some((entry) => entry.name === `field_${number}`)) number += 1;
  return { name: `field_${number}`, label: "", type: "text", required: false, rest: {} };
}

/** Returns the names that are missing or stand there twice: with them, there is no schema to write. */
export function wrongNames(entries: readonly FormEntry[]): Set<string> {
  return new Set(
    entries.map((entry) => entry.name).filter((name, at, names) => name === "" || names.indexOf(name) !== at),
  );
}

/** Returns the schema of one field's own form. */
export function entrySchema({ type, choices = [] }: FormEntry, takesFiles: boolean): Schema {
  const kinds = Object.keys(copy.fieldKinds).filter(
    (kind) => kind === type || (kind !== "custom" && (kind !== "file" || takesFiles)),
  );
  const { name, label, kind, required, default: start, help } = copy.formField;
  const plain = type === "custom" ? undefined : SHAPES[type];
  const hasDefault = plain !== undefined && type !== "choices" && type !== "file";
  return {
    type: "object",
    required: ["name", "type"],
    properties: {
      name: { type: "string", title: name, maxLength: 200 },
      label: { type: "string", title: label },
      type: { type: "string", title: kind, enum: kinds, option_labels: { ...copy.fieldKinds } },
      ...(type === "choice" || type === "choices"
        ? { choices: { type: "array", title: copy.formField.choices, items: { type: "string" }, uniqueItems: true } }
        : {}),
      required: { type: "boolean", title: required },
      ...(hasDefault ? { default: { ...plain, title: start, ...(type === "choice" ? { enum: choices } : {}) } } : {}),
      help: { type: "string", title: help },
    },
  };
}

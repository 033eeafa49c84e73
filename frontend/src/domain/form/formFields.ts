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
  /** What the schema says of its place. */
  place?: Json;
  /** What else the schema says of it. */
  rest: JsonObject;
};

export interface WrittenForm {
  entries: FormEntry[];
  /** The form that they were read from: what it says beside its fields is kept. */
  given: JsonObject;
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
  const { type, format, title, description } = schema;
  if (schema.enumNames !== undefined || schema.oneOf !== undefined || schema.anyOf !== undefined) return "custom";
  // The list would show nothing where there is something.
  if ([title, description].some((text) => text !== undefined && typeof text !== "string")) return "custom";
  if (schema.default === null) return "custom";
  if (type === "array") return isChoices(schema) ? "choices" : "custom";
  if (schema.enum !== undefined) return type === "string" && areTexts(schema.enum) ? "choice" : "custom";
  const found = Object.entries(SHAPES).find(([, shape]) => shape.type === type && shape.format === format);
  return found === undefined ? "custom" : (found[0] as FieldKind); // a key of SHAPES
}

function isChoices({ items, uniqueItems, enum: choices }: Schema): boolean {
  return (
    uniqueItems === true &&
    choices === undefined &&
    isJsonObject(items) &&
    areTexts(items.enum) &&
    sameJson(items, { type: "string", enum: items.enum })
  );
}

/** What a field's form has a control for; the empty text of a schema is none, and stays what it is. */
const isShown = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== "";

function entryOf(name: string, schema: Schema, required: boolean): FormEntry {
  const type = kindOf(schema);
  const { title, description, default: given, [PLACE]: place, ...others } = schema;
  const choices = type === "choices" && isJsonObject(schema.items) ? schema.items.enum : schema.enum;
  const drawn = type === "choices" ? ["items"] : type === "choice" ? ["enum"] : [];
  const rest = type === "custom" ? others : without(others, [...drawn, ...Object.keys(SHAPES[type])]);
  const hasLabel = typeof title === "string" && isShown(title);
  const hasHelp = typeof description === "string" && isShown(description);
  return {
    name,
    label: hasLabel ? title : "",
    type,
    required,
    ...(drawn.length > 0 && areTexts(choices) ? { choices } : {}),
    ...(isShown(given) ? { default: given as Json } : {}), // it is there when it is shown
    ...(hasHelp ? { help: description } : {}),
    ...(place === undefined ? {} : { place }),
    rest: {
      ...rest,
      ...(title === undefined || hasLabel ? {} : { title }),
      ...(description === undefined || hasHelp ? {} : { description }),
      ...(given === undefined || isShown(given) ? {} : { default: given }),
    },
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
  if (value === undefined || value === null) return { entries: [], given: { type: "object", properties: {} } };
  if (!isJsonObject(value) || (value.type ?? "object") !== "object") return null;
  const { properties, required } = value;
  if (properties !== undefined && !(isJsonObject(properties) && Object.values(properties).every(isJsonObject)))
    return null;
  if (required !== undefined && !areTexts(required)) return null;
  const needed = requiredOf(value);
  const known = orderedProperties(value);
  if ([...needed].some((name) => !known.some(([other]) => other === name))) return null;
  return { entries: known.map(([name, schema]) => entryOf(name, schema, needed.has(name))), given: value };
}

function schemaOf(entry: FormEntry, place: Json | undefined): Schema {
  const { label, type, choices = [], default: start, help, rest } = entry;
  return {
    ...rest,
    ...(type === "custom" ? {} : SHAPES[type]),
    ...(type === "choice" ? { enum: choices } : {}),
    ...(type === "choices" ? { items: { type: "string", enum: choices } } : {}),
    ...(label === "" ? {} : { title: label }),
    ...(help ? { description: help } : {}),
    ...(isShown(start) ? { default: start as Json } : {}), // as above
    ...(place === undefined ? {} : { [PLACE]: place }),
  };
}

/** Returns what each field says of its place: the same as before while they stand as they were read. */
function placesOf(entries: readonly FormEntry[], given: JsonObject): (Json | undefined)[] {
  const names = orderedProperties(given).map(([name]) => name);
  const isSame = names.length === entries.length && entries.every(({ name }, at) => name === names[at]);
  if (isSame) return entries.map(({ place }) => place);
  const places: number[] = [];
  for (const { place } of entries) {
    const last = places.at(-1) ?? 0;
    places.push(typeof place === "number" && place > last ? place : last + 1);
  }
  const isInOrder = places.every((place, at) => at === 0 || place > (places[at - 1] ?? 0)); // huge ones do not count on
  return isInOrder ? places : entries.map((_, at) => at + 1);
}

/** Returns the names that are needed, those that were before in their order. */
function neededOf(entries: readonly FormEntry[], before: Json | undefined): Json[] {
  const needed = entries.filter((entry) => entry.required).map((entry) => entry.name);
  const known = areTexts(before) ? before.filter((name) => needed.includes(name)) : [];
  return [...known, ...needed.filter((name) => !known.includes(name))];
}

/** Whether a form says nothing beside its fields: without any, it is none. */
export function holdsOnlyFields({ given }: WrittenForm): boolean {
  return Object.keys(without(given, ["type", "properties", "required"])).length === 0;
}

/** Returns the JSON Schema of a list of fields. */
export function writeForm({ entries, given }: WrittenForm): JsonObject {
  const places = placesOf(entries, given);
  const needed = neededOf(entries, given.required);
  const hasRequired = needed.length > 0 || (Array.isArray(given.required) && given.required.length === 0);
  const hasProperties = entries.length > 0 || given.properties !== undefined;
  return {
    ...without(given, ["properties", "required"]),
    ...(hasProperties
      ? { properties: Object.fromEntries(entries.map((entry, at) => [entry.name, schemaOf(entry, places[at])])) }
      : {}),
    ...(hasRequired ? { required: needed } : {}),
  };
}

/** Returns a field with one thing changed; what its new sort cannot have is left out. */
export function changeEntry(entry: FormEntry, key: string, value: Json | undefined): FormEntry {
  if (key !== "type") {
    const next = { ...entry, [key]: value ?? "" };
    return value === undefined && key !== "name" && key !== "label" ? (without(next, [key]) as FormEntry) : next;
  }
  const { name, label, required, help, choices, place } = entry;
  const hasChoices = value === "choice" || value === "choices";
  return {
    name,
    label,
    type: value as FieldKind, // one of the choices of `entrySchema`
    required,
    ...(help === undefined ? {} : { help }),
    ...(hasChoices ? { choices: choices ?? [] } : {}),
    ...(place === undefined ? {} : { place }),
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

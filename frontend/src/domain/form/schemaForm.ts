/** A JSON Schema that others wrote as the fields of our form renderer, read as far as forms go. */
import type { NodeField } from "../definition";
import type { Json, JsonObject } from "../json";
import { orderedProperties } from "./formFields";

/** Returns the fields in their order; without one, those that are needed first: the server keeps no order of names. */
export function schemaFields(schema: JsonObject): NodeField[] {
  const needed = Array.isArray(schema.required) ? schema.required : [];
  const properties = orderedProperties(schema);
  const fields = properties.map(([name, entry]): NodeField => {
    return {
      name,
      type: "",
      label: text(entry.title) || words(name),
      required: needed.includes(name),
      default: entry.default ?? null,
      options: [],
      placeholder: entry.format === "date" ? "YYYY-MM-DD" : "",
      help: text(entry.description),
      group: "main",
      show_if: null,
      expression: false,
      language: null,
    };
  });
  if (properties.some(([, entry]) => entry.propertyOrder !== undefined)) return fields;
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

/** Returns what is sent: what was filled in, and the defaults that were shown for the rest. */
export function withDefaults(schema: JsonObject, value: JsonObject): JsonObject {
  const defaults = orderedProperties(schema).filter(([, entry]) => entry.default !== undefined);
  return { ...Object.fromEntries(defaults.map(([name, entry]) => [name, entry.default ?? null])), ...value };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function words(name: string): string {
  const plain = name.replaceAll("_", " ").trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** Which control draws a value, from its schema and what the catalogue says of its field. */

import type { NodeField } from "../definition";
import { isJsonObject, type Json } from "../json";
import { optionsOf, propertiesOf, type Schema, variantsOf } from "./schema";

export type Control =
  | "text"
  | "multiline"
  | "uri"
  | "email"
  | "date-time"
  | "segmented"
  | "select"
  | "multi_select"
  | "number"
  | "integer"
  | "boolean"
  | "chips"
  | "rows"
  | "dict"
  | "section"
  | "variant"
  | "credential"
  | "workflow"
  | "data_table"
  | "model"
  | "mcp_server"
  /** A tool of the server that the field's `of` names, or several of them. */
  | "mcp_tool"
  | "mcp_tools"
  | "file"
  | "code"
  /** A form for people, kept as JSON Schema; the second may ask for files. */
  | "form"
  | "file_form"
  /** Anything: a text or expression, or JSON where the value is no text. */
  | "any"
  | "json";

const SEGMENTED_AT_MOST = 4;
const SEGMENTED_LETTERS = 32;
const LONG_TEXT = 2000;
const NAMED: Readonly<Record<string, Control>> = {
  credential: "credential",
  workflow: "workflow",
  data_table: "data_table",
  model: "model",
  mcp_server: "mcp_server",
  mcp_tool: "mcp_tool",
  mcp_tools: "mcp_tools",
  file: "file",
  code: "code",
  form: "form",
  file_form: "file_form",
  multiline: "multiline",
  text: "multiline",
};
const FORMATS: Readonly<Record<string, Control>> = {
  uri: "uri",
  url: "uri",
  email: "email",
  "date-time": "date-time",
  multiline: "multiline",
  textarea: "multiline",
};

function isScalar(value: Json): boolean {
  return typeof value !== "object" || value === null;
}

function chosen(options: readonly Json[]): Control {
  const letters = options.reduce<number>((sum, option) => sum + String(option).length, 0);
  return options.length > 1 && options.length <= SEGMENTED_AT_MOST && letters <= SEGMENTED_LETTERS
    ? "segmented"
    : "select";
}

function textControl(schema: Schema, field: NodeField | undefined): Control {
  const format = typeof schema.format === "string" ? FORMATS[schema.format] : undefined;
  if (format !== undefined) return format;
  if (schema.multiline === true) return "multiline";
  // A URL may be long too, but it has no lines; its field shows an example.
  const long = typeof schema.maxLength === "number" && schema.maxLength >= LONG_TEXT;
  return long && !field?.placeholder && !/ur[il]$/i.test(field?.name ?? "") ? "multiline" : "text";
}

function arrayControl(schema: Schema, items: Schema, root: Schema, value: Json | undefined): Control {
  if (value !== undefined && value !== null && !Array.isArray(value)) return "json";
  if (optionsOf(items) !== null) return "multi_select";
  if (items.type === "object" && propertiesOf(items).length > 0) return "rows";
  if (variantsOf(items, root) !== null) return "rows";
  const scalar = ["string", "number", "integer"].includes(String(items.type));
  const holds = !Array.isArray(value) || value.every(isScalar);
  return scalar && holds && schema.prefixItems === undefined ? "chips" : "json";
}

function objectControl(schema: Schema, nullable: boolean, value: Json | undefined): Control {
  if (value !== undefined && value !== null && !isJsonObject(value)) return "json";
  if (propertiesOf(schema).length > 0) return "section";
  const inner = schema.additionalProperties;
  const held = isJsonObject(value) ? Object.values(value).every(isScalar) : true;
  if (isJsonObject(inner) && ["string", "number", "integer", "boolean"].includes(String(inner.type)) && held)
    return "dict";
  // Any object at all: rows for key and value, unless something nested stands in it, or it may be a whole document.
  return inner !== false && held && !nullable ? "dict" : "json";
}

/** Return the control of a value; what nothing is known of becomes JSON. `schema` and `items` are resolved. */
export function controlOf(
  schema: Schema,
  items: Schema,
  root: Schema,
  nullable: boolean,
  field: NodeField | undefined,
  given: Json | undefined,
): Control {
  const value = given ?? schema.default;
  const hint = schema.control ?? schema.field;
  const asked = typeof hint === "string" ? hint : field?.type;
  const named = asked === undefined ? undefined : NAMED[asked];
  if (named !== undefined) return named;
  if (field?.language || typeof schema.language === "string") return "code";
  const options = optionsOf(schema) ?? (field?.type === "select" ? field.options.map((option) => option.value) : null);
  if (options !== null && options.length > 0) return chosen(options);
  if (variantsOf(schema, root) !== null) return "variant";
  switch (schema.type) {
    case "string":
      return textControl(schema, field);
    case "number":
      return "number";
    case "integer":
      return "integer";
    case "boolean":
      return "boolean";
    case "array":
      return arrayControl(schema, items, root, value);
    case "object":
      return objectControl(schema, nullable, value);
    case undefined:
      return schema.anyOf === undefined && schema.oneOf === undefined && schema.allOf === undefined
        ? "any"
        : anyOrJson(schema);
    default:
      return "json";
  }
}

/** A union that a line of text can hold is `any`: of plain types, or of a text with lists of it. Any other is JSON. */
function anyOrJson(schema: Schema): Control {
  const parts = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(parts)) return "json";
  const types = parts.map((part) => (isJsonObject(part) ? typeWithin(part) : undefined));
  const plain = ["string", "number", "integer", "boolean", ...(types.includes("string") ? ["array of string"] : [])];
  return types.every((type) => plain.includes(String(type))) ? "any" : "json";
}

function typeWithin({ type, items }: Schema): string {
  return type === "array" && isJsonObject(items) ? `array of ${items.type}` : String(type);
}

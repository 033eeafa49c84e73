/** JSON schemas as Pydantic writes them: references, `anyOf [T, null]`, variants told apart by a field. */

import { isJsonObject, type Json, type JsonObject, sameJson } from "../json";

export type Schema = JsonObject;

export interface Resolved {
  schema: Schema;
  /** `null` is allowed, and means: empty. */
  nullable: boolean;
}

const MAX_REFERENCES = 20;

function definitionOf(root: Schema, reference: string): Schema {
  const steps = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  let at: Json | undefined = root;
  for (const step of steps) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isJsonObject(at) ? at : {};
}

function isNull(schema: Json): boolean {
  return isJsonObject(schema) && schema.type === "null";
}

/** Return a schema with its references followed and the `null` of `anyOf [T, null]` taken out. */
export function resolve(schema: Schema, root: Schema): Resolved {
  let made = schema;
  let nullable = false;
  for (let step = 0; step < MAX_REFERENCES; step += 1) {
    const any: Json | undefined = made.anyOf ?? (made.discriminator === undefined ? made.oneOf : undefined);
    if (typeof made.$ref === "string") {
      const { $ref, ...own } = made;
      made = { ...definitionOf(root, String($ref)), ...own };
    } else if (Array.isArray(made.allOf) && made.allOf.length === 1 && isJsonObject(made.allOf[0])) {
      const { allOf, ...own } = made;
      made = { ...(isJsonObject(made.allOf[0]) ? made.allOf[0] : {}), ...own };
    } else if (Array.isArray(any) && any.some(isNull)) {
      const rest = any.filter((part) => !isNull(part));
      const { anyOf, oneOf, ...own } = made;
      nullable = true;
      const only = rest[0];
      made = rest.length === 1 && isJsonObject(only) ? { ...only, ...own } : { ...own, anyOf: rest };
    } else if (Array.isArray(made.type) && made.type.includes("null")) {
      const rest = made.type.filter((type) => type !== "null");
      nullable = true;
      made = { ...made, type: rest.length === 1 ? (rest[0] ?? null) : rest };
    } else break;
  }
  return { schema: made, nullable };
}

export function propertiesOf(schema: Schema): [string, Schema][] {
  const properties = schema.properties;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, entry]): [string, Schema][] =>
    isJsonObject(entry) ? [[name, entry]] : [],
  );
}

export function requiredOf(schema: Schema): Set<string> {
  return new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
}

export interface Variant {
  value: Json;
  label: string;
  schema: Schema;
}

export interface Variants {
  field: string;
  variants: Variant[];
}

function constantOf(schema: Schema, field: string): Json | undefined {
  const entry = propertiesOf(schema).find(([name]) => name === field)?.[1];
  if (entry === undefined) return undefined;
  if (entry.const !== undefined) return entry.const;
  return Array.isArray(entry.enum) && entry.enum.length === 1 ? entry.enum[0] : undefined;
}

/** Return the variants of a union of objects that one field tells apart; null where there is no such field. */
export function variantsOf(schema: Schema, root: Schema): Variants | null {
  const parts = schema.oneOf ?? schema.anyOf;
  if (!Array.isArray(parts) || parts.length < 2) return null;
  const schemas = parts.map((part) => (isJsonObject(part) ? resolve(part, root).schema : {}));
  const named = isJsonObject(schema.discriminator) ? schema.discriminator.propertyName : undefined;
  const first = schemas[0] ?? {};
  const candidates = typeof named === "string" ? [named] : propertiesOf(first).map(([name]) => name);
  for (const field of candidates) {
    const values = schemas.map((part) => constantOf(part, field));
    const distinct = values.every(
      (value, at) => value !== undefined && !values.slice(0, at).some((other) => sameJson(other, value)),
    );
    if (!distinct) continue;
    const variants = schemas.flatMap((part, at): Variant[] => {
      const value = values[at];
      if (value === undefined) return [];
      const label = typeof part.title === "string" && named === undefined ? part.title : words(String(value));
      return [{ value, label, schema: part }];
    });
    return { field, variants };
  }
  return null;
}

/** Return the values of a list of alternatives: `enum`, `const`, or `anyOf` of constants. */
export function optionsOf(schema: Schema): Json[] | null {
  if (Array.isArray(schema.enum)) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  const parts = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(parts) || parts.length === 0) return null;
  const values = parts.map((part) => (isJsonObject(part) ? part.const : undefined));
  return values.every((value) => value !== undefined) ? values : null;
}

/** Return the value that a new entry of this schema starts with. */
export function initialOf(schema: Schema, root: Schema, depth = 0): Json {
  const { schema: plain, nullable } = resolve(schema, root);
  if (plain.default !== undefined) return plain.default;
  if (nullable) return null;
  const options = optionsOf(plain);
  if (options !== null) return options[0] ?? null;
  const variants = variantsOf(plain, root)?.variants[0];
  if (variants !== undefined && depth < 5) return initialOf(variants.schema, root, depth + 1);
  switch (plain.type) {
    case "object": {
      const needed = requiredOf(plain);
      const inner = depth < 5 ? propertiesOf(plain).filter(([name]) => needed.has(name)) : [];
      return Object.fromEntries(inner.map(([name, entry]) => [name, initialOf(entry, root, depth + 1)]));
    }
    case "array": {
      const least = typeof plain.minItems === "number" ? Math.min(plain.minItems, 5) : 0;
      const items = isJsonObject(plain.items) ? plain.items : {};
      return depth < 5 ? Array.from({ length: least }, () => initialOf(items, root, depth + 1)) : [];
    }
    case "boolean":
      return false;
    case "number":
    case "integer":
      return typeof plain.minimum === "number" ? plain.minimum : 0;
    case "string":
      return "";
    default:
      return plain.type === undefined ? "" : null;
  }
}

/** Return a name as words: "next_url" → "Next url". */
export function words(name: string): string {
  const text = name.replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What can be said of a value at once: required, type, bounds. The rest is the server's to say. */

import { isExpression } from "../expression";
import { isJsonObject, type Json, sameJson } from "../json";
import { copy } from "./copy";
import { optionsOf, type Schema } from "./schema";

export interface Problem {
  code: string;
  message: string;
  severity: "error" | "warning";
}

const error = (code: string, message: string): Problem => ({ code, message, severity: "error" });

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "";
}

function numberProblem(schema: Schema, value: number | bigint): Problem | null {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const isWhole = typeof value === "bigint" || Number.isInteger(value);
  if (!isWhole && !Number.isFinite(value)) return error("type", copy.number);
  if (schema.type === "integer" && !isWhole) return error("type", copy.whole);
  if (typeof minimum === "number" && value < minimum) return error("minimum", copy.least(minimum));
  if (typeof maximum === "number" && value > maximum) return error("maximum", copy.most(maximum));
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) {
    return error("minimum", copy.above(exclusiveMinimum));
  }
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) {
    return error("maximum", copy.below(exclusiveMaximum));
  }
  if (typeof multipleOf === "number" && multipleOf > 0) {
    const times = Number(value) / multipleOf;
    if (Math.abs(times - Math.round(times)) > 1e-9) return error("multiple_of", copy.multiple(multipleOf));
  }
  return null;
}

function textProblem(schema: Schema, value: string): Problem | null {
  const letters = [...value].length;
  const { minLength, maxLength } = schema;
  if (typeof minLength === "number" && letters < minLength) {
    return error("min_length", letters === 0 ? copy.needed : copy.shortest(minLength));
  }
  if (typeof maxLength === "number" && letters > maxLength) {
    return error("max_length", copy.longest(maxLength));
  }
  if (schema.format === "email" && value !== "" && !/^[^@\s]+@[^@\s]+$/.test(value)) {
    return error("format", copy.email);
  }
  if ((schema.format === "uri" || schema.format === "url") && value !== "" && !/^[a-z][a-z0-9+.-]*:\S+$/i.test(value)) {
    return error("format", copy.url);
  }
  if (schema.format === "date-time" && value !== "" && Number.isNaN(Date.parse(value))) {
    return error("format", copy.moment);
  }
  return null;
}

function arrayProblem(schema: Schema, value: Json[]): Problem | null {
  const { minItems, maxItems } = schema;
  if (typeof minItems === "number" && value.length < minItems) {
    return error("min_items", copy.fewest(minItems));
  }
  if (typeof maxItems === "number" && value.length > maxItems) {
    return error("max_items", copy.atMost(maxItems));
  }
  if (
    schema.uniqueItems === true &&
    value.some((entry, at) => value.slice(0, at).some((other) => sameJson(other, entry)))
  ) {
    return error("unique", copy.twice);
  }
  return null;
}

function typeProblem(schema: Schema, value: Json): Problem | null {
  switch (schema.type) {
    case "string":
      return typeof value === "string" ? textProblem(schema, value) : error("type", copy.text);
    case "number":
    case "integer":
      return typeof value === "number" || typeof value === "bigint"
        ? numberProblem(schema, value)
        : error("type", copy.number);
    case "boolean":
      return typeof value === "boolean" ? null : error("type", copy.onOrOff);
    case "array":
      return Array.isArray(value) ? arrayProblem(schema, value) : error("type", copy.list);
    case "object":
      return isJsonObject(value) ? null : error("type", copy.object);
    default:
      return null;
  }
}

/** Return what is wrong with one value, not with those inside of it. `schema` is resolved. */
export function check(schema: Schema, value: Json | undefined, required: boolean, nullable: boolean): Problem | null {
  if (value === undefined) return required ? error("required", copy.needed) : null;
  if (value === null) {
    const free = nullable || schema.type === undefined || schema.type === "null";
    if (free) return null;
    return error(required ? "required" : "type", required ? copy.needed : copy.notEmpty);
  }
  if (required && isEmpty(value) && schema.type !== undefined) return error("required", copy.needed);
  if (isExpression(value)) return null; // its value is known when the node runs
  const options = optionsOf(schema);
  if (options !== null) {
    return options.some((option) => sameJson(option, value)) ? null : error("option", copy.option);
  }
  return typeProblem(schema, value);
}

/** Which workflow a node runs as a step of its own. */

import type { NodeType } from "./definition";
import { propertiesOf } from "./form/schema";
import type { JsonObject } from "./json";

/** Return the workflow that one of a node's params chooses; null where none does, or none is chosen yet. */
export function calledWorkflow(type: NodeType | undefined, params: JsonObject): string | null {
  if (type === undefined) return null;
  const control = new Map(propertiesOf(type.params_schema).map(([name, schema]) => [name, schema.control]));
  const field = type.fields.find(({ name, type: kind }) => kind === "workflow" || control.get(name) === "workflow");
  const value = field && Object.hasOwn(params, field.name) ? params[field.name] : undefined;
  return typeof value === "string" && value !== "" && !value.includes("{{") ? value : null;
}

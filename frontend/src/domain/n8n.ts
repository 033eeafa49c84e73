/** Telling workflows of n8n from others; what they come to is the server's to say. */

import { isObject } from "./json";

/** Return whether a document is a workflow that n8n exported or copied, also wrapped in a list or an object. */
export function looksLikeN8n(document: unknown): boolean {
  const first = Array.isArray(document) ? document[0] : document;
  const inner = isObject(first) && isObject(first.workflow) ? first.workflow : first;
  if (!isObject(inner) || inner.heddle !== undefined || !Array.isArray(inner.nodes)) return false;
  const nodes = inner.nodes.filter(isObject);
  const isNamed = nodes.every(
    (node) => typeof node.name === "string" && typeof node.type === "string" && Array.isArray(node.position),
  );
  return nodes.length > 0 && isNamed && (isObject(inner.connections) || nodes.some((node) => "parameters" in node));
}

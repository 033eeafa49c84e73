import type { components } from "@/api";

/** Returns what a node of a template is called. */
export function nodeLabel(
  { nodes }: { readonly nodes: readonly components["schemas"]["WorkflowNode"][] },
  id: string,
): string {
  return nodes.find((node) => node.id === id)?.data?.label || id;
}

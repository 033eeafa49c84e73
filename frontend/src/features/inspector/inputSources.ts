/** Where the data of a node's input side come from: what arrived, what its sources gave, and earlier nodes. */

import {
  type Definition,
  type Item,
  isBeside,
  type NodeRun,
  type WorkflowEdge,
  type WorkflowNode,
} from "@/domain/definition";
import { quoted } from "@/domain/paths";
import type { ItemSource } from "@/features/detail";

export interface InputSource {
  readonly id: string;
  readonly label: string;
  readonly source: ItemSource;
  /** What its items are called in an expression of the node. */
  readonly base: string;
  /** Whether these are the items that the node works on. */
  readonly isInput: boolean;
  readonly count: number;
  /** The first items, as they are known without a further call. */
  readonly first: readonly Item[];
}

type Graph = { readonly nodes: readonly WorkflowNode[]; readonly edges: readonly WorkflowEdge[] };

interface Given {
  readonly definition: Graph & Pick<Definition, "pinned_data">;
  readonly nodeId: string;
  /** The nodes before it, the nearest first. */
  readonly earlier: readonly WorkflowNode[];
  readonly executionId: string | null;
  /** The latest run of each node, by id. */
  readonly runs: ReadonlyMap<string, NodeRun>;
}

/** Returns the steps before one, the nearest first. */
export function earlierNodes({ nodes, edges }: Graph, nodeId: string): WorkflowNode[] {
  const sources = new Map<string, string[]>();
  for (const edge of edges) {
    if (isBeside(edge)) continue; // what a helper gives is no data
    const { source, target } = edge;
    const known = sources.get(target);
    if (known === undefined) sources.set(target, [source]);
    else known.push(source);
  }
  // A set is walked through in the order of what is added to it meanwhile, too.
  const order = new Set([nodeId]);
  for (const id of order) for (const source of sources.get(id) ?? []) order.add(source);
  order.delete(nodeId);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return [...order].flatMap((id) => byId.get(id) ?? []);
}

function outputsOf(
  given: Given,
  id: string,
): { handle: string; source: ItemSource; count: number; first: readonly Item[] }[] {
  const pins = given.definition.pinned_data[id];
  if (pins !== undefined) {
    return Object.entries(pins).map(([handle, items]) => ({
      handle,
      source: { kind: "local", items },
      count: items.length,
      first: items,
    }));
  }
  const { executionId } = given;
  const run = given.runs.get(id);
  if (run === undefined || executionId === null) return [];
  return Object.entries(run.outputs).map(([handle, first]) => ({
    handle,
    source: { kind: "run", executionId, nodeRunId: run.id, side: "outputs", handle, first },
    count: run.item_counts?.[handle] ?? first.length,
    first,
  }));
}

function named(label: string, handle: string): string {
  return handle === "main" ? label : `${label} · ${handle}`;
}

/** Returns all sources, the node's own input first. */
export function inputSources(given: Given): InputSource[] {
  const { definition, nodeId, earlier, executionId, runs } = given;
  const own = runs.get(nodeId);
  const edges = definition.edges.filter((edge) => edge.target === nodeId && !isBeside(edge));
  const labels = new Map(definition.nodes.map((node) => [node.id, node.data.label]));
  const arrived: InputSource[] = [];
  const isPinned = edges.some((edge) => definition.pinned_data[edge.source] !== undefined);
  if (own !== undefined && executionId !== null && !isPinned) {
    for (const [handle, first] of Object.entries(own.inputs)) {
      const from = edges.filter((edge) => edge.targetHandle === handle).map((edge) => labels.get(edge.source) ?? "");
      arrived.push({
        id: `in:${handle}`,
        label: named(from.length > 0 ? from.join(", ") : handle, handle),
        source: { kind: "run", executionId, nodeRunId: own.id, side: "inputs", handle, first },
        base: "$json",
        isInput: true,
        count: first.length,
        first,
      });
    }
  } else {
    for (const edge of edges) {
      const output = outputsOf(given, edge.source).find(({ handle }) => handle === edge.sourceHandle);
      if (output === undefined) continue;
      const { handle, ...rest } = output;
      arrived.push({
        ...rest,
        id: `edge:${edge.id}`,
        label: named(labels.get(edge.source) ?? "", handle),
        base: "$json",
        isInput: true,
      });
    }
  }
  const before = earlier.flatMap((node) =>
    outputsOf(given, node.id)
      .filter(({ first }) => first.length > 0)
      .map(
        ({ handle, ...rest }): InputSource => ({
          ...rest,
          id: `node:${node.id}:${handle}`,
          label: named(node.data.label, handle),
          base: `$(${quoted(node.data.label)}).item.json`,
          isInput: false,
        }),
      ),
  );
  return [...arrived.filter((entry) => entry.first.length > 0 || entry.count > 0), ...before];
}

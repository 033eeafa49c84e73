import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Catalogue } from "@/domain/catalogue";
import type { Sample } from "@/domain/completion";
import type { Definition, NodeRun } from "@/domain/definition";
import type { Json, JsonObject } from "@/domain/json";
import { nodeRunsQuery, useItems } from "@/features/detail";
import type { ExpressionScope, PreviewContext } from "@/features/expression";
import { earlierNodes, type InputSource, inputSources } from "./inputSources";

interface Asked {
  readonly workflowId: string;
  readonly nodeId: string;
  readonly definition: Definition;
  readonly executionId: string | null;
  readonly catalogue: Catalogue | undefined;
  /** The item that previews are shown for. */
  readonly item: number;
}

export interface NodeData {
  readonly sources: readonly InputSource[];
  /** The node's own run, its latest turn. */
  readonly nodeRun: NodeRun | undefined;
  readonly isPending: boolean;
  /** The item that is looked at, and of how many. */
  readonly at: number;
  readonly total: number;
  readonly scope: ExpressionScope;
}

const MOST_NODES = 20;
const MOST_SENT = 16_384;
const EXAMPLES: Readonly<Record<string, Json>> = {
  string: "",
  number: 0,
  integer: 0,
  boolean: false,
  array: [],
  object: {},
};

/** Returns an item as the node's type declares it; what is not declared is not known. */
function declared(definition: Definition, catalogue: Catalogue | undefined, id: string): JsonObject {
  const node = definition.nodes.find((entry) => entry.id === id);
  const type = node && catalogue?.find(node.type, node.data.version);
  return Object.fromEntries((type?.output_fields ?? []).map((field) => [field.name, EXAMPLES[field.type] ?? null]));
}

function sampleOf(asked: Asked, sources: readonly InputSource[], json: JsonObject | undefined): Sample {
  const { definition, nodeId, catalogue } = asked;
  const earlier = earlierNodes(definition, nodeId);
  const nodes = new Map<string, Json>();
  for (const node of earlier) {
    const held = sources.find((source) => source.id.startsWith(`node:${node.id}:`))?.first[0]?.json;
    nodes.set(node.data.label, held ?? declared(definition, catalogue, node.id));
  }
  const source = definition.edges.find((edge) => edge.target === nodeId)?.source;
  const known = new Set([nodeId, ...earlier.map((node) => node.id)]);
  const others = definition.nodes.filter((node) => !known.has(node.id) && node.type !== "note");
  const start = earlier.at(-1);
  return {
    json: json ?? (source === undefined ? undefined : declared(definition, catalogue, source)),
    nodes,
    labels: [...earlier, ...others].map((node) => node.data.label),
    ...(start ? { event: nodes.get(start.data.label) ?? {} } : {}),
  };
}

/** What is known of a node's data: of the run that is shown, of pins, and of what types declare. */
export function useNodeData(asked: Asked): NodeData {
  const { workflowId, nodeId, definition, executionId, item } = asked;
  const ids = useMemo(
    () => [nodeId, ...earlierNodes(definition, nodeId).map((node) => node.id)].slice(0, MOST_NODES),
    [definition, nodeId],
  );
  const answers = useQueries({ queries: ids.map((id) => nodeRunsQuery(executionId, id)) });
  const runs = new Map<string, NodeRun>();
  answers.forEach(({ data }, at) => {
    const latest = data?.at(-1);
    const id = ids[at];
    if (latest !== undefined && id !== undefined) runs.set(id, latest);
  });
  const sources = inputSources({ definition, nodeId, executionId, runs });
  const input = sources.find((source) => source.isInput);
  const loaded = useItems(input?.source ?? null);
  const items = loaded.items ?? input?.first ?? [];
  const total = Math.max(loaded.total, items.length);
  const at = Math.max(0, Math.min(item, items.length - 1));
  const chosen = items[at];
  const nodeRun = runs.get(nodeId);
  const isRecorded = nodeRun !== undefined && input?.source.kind === "run" && executionId !== null;
  const sent = isRecorded ? [] : items.slice(0, 50);
  // biome-ignore lint/correctness/useExhaustiveDependencies: pages are loaded anew or not at all
  const isSmall = useMemo(() => JSON.stringify(sent).length <= MOST_SENT, [loaded.items, isRecorded]);
  const preview: PreviewContext = isRecorded
    ? { execution_id: executionId, node_id: nodeId, path: nodeRun.path, item_index: at }
    : {
        workflow_id: workflowId,
        node_id: nodeId,
        // A large input is not sent for each preview; the chosen item alone has what most expressions ask for.
        items: isSmall ? sent : chosen === undefined ? [] : [chosen],
        item_index: isSmall ? at : 0,
      };
  return {
    sources,
    nodeRun,
    at,
    total,
    isPending: executionId !== null && answers.some((answer) => answer.isPending),
    scope: { sample: sampleOf(asked, sources, chosen?.json), isReal: chosen !== undefined, preview },
  };
}

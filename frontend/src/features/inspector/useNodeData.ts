import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Catalogue } from "@/domain/catalogue";
import type { Sample } from "@/domain/completion";
import {
  type Definition,
  type Item,
  isBeside,
  type NodeRun,
  type WorkflowEdge,
  type WorkflowNode,
} from "@/domain/definition";
import { jsonText } from "@/domain/exactJson";
import { createNodeList } from "@/domain/graph";
import { stepOf } from "@/domain/helpersBelow";
import type { Json, JsonObject } from "@/domain/json";
import { nodeRunsQuery, useItems } from "@/features/detail";
import type { ExpressionScope } from "@/features/expression";
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
const MOST_ITEMS = 50;
const MOST_SENT = 16_384;
const TOOL = "tool"; // the output by which a node becomes one
const NO_ITEMS: readonly Item[] = [];
const EXAMPLES: Readonly<Record<string, Json>> = {
  string: "",
  number: 0,
  integer: 0,
  boolean: false,
  array: [],
  object: {},
};

/** Returns an item as the node's type declares it; what is not declared is not known. */
function declared(node: WorkflowNode | undefined, catalogue: Catalogue | undefined): JsonObject {
  const type = node && catalogue?.find(node.type, node.data.version);
  return Object.fromEntries((type?.output_fields ?? []).map((field) => [field.name, EXAMPLES[field.type] ?? null]));
}

interface Around {
  readonly nodes: readonly WorkflowNode[];
  readonly edges: readonly WorkflowEdge[];
  readonly earlier: readonly WorkflowNode[];
  readonly sources: readonly InputSource[];
}

interface Place {
  readonly nodeId: string;
  /** The step in whose place it works: for a helper another one. */
  readonly stepId: string;
}

function sampleOf(
  { nodeId, stepId }: Place,
  { nodes: all, edges, earlier, sources }: Around,
  catalogue: Catalogue | undefined,
  json: JsonObject | undefined,
): Sample {
  const nodes = new Map<string, Json>();
  for (const node of earlier) {
    const held = sources.find((source) => source.id.startsWith(`node:${node.id}:`))?.first[0]?.json;
    nodes.set(node.data.label, held ?? declared(node, catalogue));
  }
  const source = edges.find((edge) => edge.target === stepId && !isBeside(edge))?.source;
  const known = new Set([nodeId, stepId, ...earlier.map((node) => node.id)]);
  const others = all.filter((node) => !known.has(node.id) && node.type !== "note");
  const start = earlier.at(-1);
  const before = source === undefined ? undefined : all.find((node) => node.id === source);
  return {
    json: json ?? (source === undefined ? undefined : declared(before, catalogue)),
    nodes,
    labels: [...earlier, ...others].map((node) => node.data.label),
    ...(start ? { event: nodes.get(start.data.label) ?? {} } : {}),
    isTool: edges.some((edge) => edge.source === nodeId && edge.sourceHandle === TOOL),
  };
}

/** The latest run of each node of a few, as far as they are known. */
function useLatestRuns(executionId: string | null, ids: readonly string[]) {
  const combine = useCallback(
    (answers: readonly UseQueryResult<readonly NodeRun[]>[]) => {
      const runs = new Map<string, NodeRun>();
      answers.forEach(({ data }, at) => {
        const latest = data?.at(-1);
        const id = ids[at];
        if (latest !== undefined && id !== undefined) runs.set(id, latest);
      });
      return { runs, isPending: answers.some((answer) => answer.isPending) };
    },
    [ids],
  );
  return useQueries({ queries: ids.map((id) => nodeRunsQuery(executionId, id)), combine });
}

/**
 * What is known of a node's data: of the run that is shown, of pins, and of what types declare. Worked out anew when the
 * graph or the data change, not when a param is typed.
 */
export function useNodeData(asked: Asked): NodeData {
  const { workflowId, nodeId, definition, executionId, catalogue, item } = asked;
  const { edges, pinned_data } = definition;
  const [list] = useState(createNodeList);
  const nodes = list(definition.nodes);
  const stepId = useMemo(() => stepOf(edges, nodeId), [edges, nodeId]);
  const earlier = useMemo(() => earlierNodes({ nodes, edges }, stepId), [nodes, edges, stepId]);
  const ids = useMemo(() => [stepId, ...earlier.map((node) => node.id)].slice(0, MOST_NODES), [earlier, stepId]);
  const { runs, isPending } = useLatestRuns(executionId, ids);
  const sources = useMemo(
    () => inputSources({ definition: { nodes, edges, pinned_data }, nodeId: stepId, earlier, executionId, runs }),
    [nodes, edges, pinned_data, stepId, earlier, executionId, runs],
  );
  const input = sources.find((source) => source.isInput);
  const loaded = useItems(input?.source ?? null);
  const items = loaded.items ?? input?.first ?? NO_ITEMS;
  const total = Math.max(loaded.total, items.length);
  const at = Math.max(0, Math.min(item, items.length - 1));
  const json = items[at]?.json;
  const stepRun = runs.get(stepId);
  const isRecorded = stepRun !== undefined && input?.source.kind === "run" && executionId !== null;
  const path = isRecorded ? stepRun.path : null;
  const scope = useMemo((): ExpressionScope => {
    const chosen = items[at];
    const sample = sampleOf({ nodeId, stepId }, { nodes, edges, earlier, sources }, catalogue, json);
    if (path !== null && executionId !== null) {
      const preview = { execution_id: executionId, node_id: nodeId, path, item_index: at };
      return { sample, isReal: chosen !== undefined, preview };
    }
    // A large input is not sent for each preview; the chosen item alone has what most expressions ask for.
    const sent = items.slice(0, MOST_ITEMS);
    const isSmall = jsonText(sent).length <= MOST_SENT;
    const preview = {
      workflow_id: workflowId,
      node_id: nodeId,
      items: isSmall ? sent : chosen === undefined ? [] : [chosen],
      item_index: isSmall ? at : 0,
    };
    return { sample, isReal: chosen !== undefined, preview };
  }, [workflowId, nodeId, stepId, nodes, edges, earlier, sources, catalogue, json, items, at, path, executionId]);
  const nodeRun = stepId === nodeId ? stepRun : undefined; // what a helper did is told by its step
  return { sources, nodeRun, at, total, isPending: executionId !== null && isPending, scope };
}

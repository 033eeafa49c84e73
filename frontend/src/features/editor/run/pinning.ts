/** Freezing what a node handed on in the run that is shown. */

import { api, asProblem, unwrap } from "@/api";
import { setPinned } from "@/domain/commands";
import type { Item } from "@/domain/definition";
import type { NodeRunState } from "@/domain/runState";
import { documentStore } from "@/features/document";
import { toast } from "@/ui/toast";
import { copy } from "../copy";
import { say } from "../editorStore";

const PAGE = 100;
const MOST = 1_000;

/** Pins the outputs of nodes, or lets them go when all are pinned. Nothing is pinned that did not run. */
export async function togglePins(
  ids: readonly string[],
  executionId: string | null,
  runs: ReadonlyMap<string, NodeRunState>,
): Promise<void> {
  const { definition, run } = documentStore.getState();
  if (ids.length === 0) return;
  if (ids.every((id) => Object.hasOwn(definition.pinned_data, id))) {
    say(run(setPinned(Object.fromEntries(ids.map((id) => [id, null])))).label);
    return;
  }
  const found: Record<string, Record<string, Item[]>> = {};
  try {
    for (const id of ids) {
      const state = runs.get(id);
      if (executionId === null || !state?.nodeRunId || state.status !== "completed") continue;
      found[id] = await outputsOf(executionId, state.nodeRunId, Object.keys(state.itemsOut));
    }
  } catch (error) {
    return void toast({ kind: "error", text: asProblem(error).detail || asProblem(error).title });
  }
  if (Object.keys(found).length === 0) return void toast({ text: copy.nothingToPin });
  say(documentStore.getState().run(setPinned(found)).label);
}

async function outputsOf(
  executionId: string,
  nodeRunId: string,
  handles: readonly string[],
): Promise<Record<string, Item[]>> {
  const path = { execution_id: executionId, node_run_id: nodeRunId };
  const outputs: Record<string, Item[]> = {};
  for (const handle of handles) {
    const items: Item[] = [];
    for (let page = 1; items.length < MOST; page += 1) {
      const query = { side: "outputs" as const, handle, page, page_size: PAGE };
      const rows = await unwrap(
        api.GET("/api/orchestrator/executions/{execution_id}/node-runs/{node_run_id}/items/", {
          params: { path, query },
        }),
      );
      // The OpenAPI calls JSON values `unknown`; the domain names them.
      items.push(...(rows.results as unknown as Item[]));
      if (rows.next === null) break;
    }
    if (items.length > 0) outputs[handle] = items;
  }
  return outputs;
}

/** What a run's screen reads beside the events: the definition it ran, and one node run. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api";
import type { Definition } from "@/domain/definition";
import { readPlaced } from "@/domain/placing";
import { catalogueIn } from "@/features/catalogue";
import { laidOut } from "@/features/layout";
import type { NodeRun } from "../queries";

const MOST_SAME_NODE = 5;

/** The definition that ran: it never changes. */
export function useRanDefinition(executionId: string) {
  return useQuery({
    queryKey: ["executions", "definition", executionId],
    queryFn: async ({ client }): Promise<Definition> => {
      const params = { path: { execution_id: executionId } };
      const ran = await unwrap(api.GET("/api/orchestrator/executions/{execution_id}/definition/", { params }));
      return await laidOut(readPlaced(ran), () => catalogueIn(client));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** One node run with its attempts, its log and the first items; `status` has it read again when that changes. */
export function useNodeRun(executionId: string, nodeId: string, path: string, status: string) {
  return useQuery({
    queryKey: ["executions", executionId, "node-runs", { node: nodeId, path, status }],
    queryFn: async (): Promise<NodeRun | null> => {
      const found = await unwrap(
        api.GET("/api/orchestrator/executions/{execution_id}/node-runs/", {
          params: {
            path: { execution_id: executionId },
            // An empty path does not filter; the run outside of all rounds is the first that started.
            query: { node_id: nodeId, page_size: MOST_SAME_NODE, ...(path ? { path } : {}) },
          },
        }),
      );
      return found.results.find((row) => row.path === path) ?? null;
    },
    placeholderData: keepPreviousData,
  });
}

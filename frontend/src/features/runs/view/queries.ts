/** What a run's screen reads beside the events: the definition it ran, one node run, its log. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api";
import type { Definition } from "@/domain/definition";
import { readDefinition } from "@/domain/readDefinition";
import type { NodeRun } from "../queries";
import { linesOf } from "./logLines";

const PAGE = 100;
const MOST_SAME_NODE = 5;

/** The definition that ran: it never changes. */
export function useRanDefinition(executionId: string) {
  return useQuery({
    queryKey: ["executions", "definition", executionId],
    queryFn: async (): Promise<Definition> =>
      readDefinition(
        await unwrap(
          api.GET("/api/orchestrator/executions/{execution_id}/definition/", {
            params: { path: { execution_id: executionId } },
          }),
        ),
      ),
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

/** What all node runs printed, and where they failed; page by page, in the order in which they started. */
export function useLogLines(executionId: string) {
  return useInfiniteQuery({
    queryKey: ["executions", executionId, "node-runs", "log"],
    queryFn: async ({ pageParam }) => {
      const found = await unwrap(
        api.GET("/api/orchestrator/executions/{execution_id}/node-runs/", {
          params: { path: { execution_id: executionId }, query: { page: pageParam, page_size: PAGE } },
        }),
      );
      return { lines: found.results.flatMap(linesOf), next: found.next === null ? undefined : pageParam + 1 };
    },
    initialPageParam: 1,
    getNextPageParam: (page) => page.next,
  });
}

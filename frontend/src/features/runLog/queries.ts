import { useInfiniteQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api";
import { linesOf } from "./logLines";

const PAGE = 100;

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

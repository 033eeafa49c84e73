import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type components, unwrap } from "@/api";
import { type Step, stepsOf } from "@/domain/steps";
import { useLiveRun } from "@/features/liveRun";
import type { NodeRun } from "../../queries";

export type StepRow = Omit<components["schemas"]["StepOutput"], "error"> & { readonly error: Step["error"] };

const PAGE = 100;
const NONE: readonly StepRow[] = [];

/** The steps of a node run, in their order, page by page; with what events tell of them. */
export function useSteps(row: Pick<NodeRun, "id" | "execution_id" | "node_id" | "path">) {
  const { id, execution_id: executionId, node_id: nodeId, path } = row;
  const query = useInfiniteQuery({
    queryKey: ["executions", executionId, "steps", id],
    queryFn: async ({ pageParam }) => {
      const found = await unwrap(
        api.GET("/api/orchestrator/executions/{execution_id}/node-runs/{node_run_id}/steps/", {
          params: {
            path: { execution_id: executionId, node_run_id: id },
            query: { page: pageParam, page_size: PAGE },
          },
        }),
      );
      // The OpenAPI calls JSON values `unknown`; the domain names them.
      return { rows: found.results as unknown as StepRow[], next: found.next === null ? undefined : pageParam + 1 };
    },
    initialPageParam: 1,
    getNextPageParam: (page) => page.next,
  });
  const told = useLiveRun((live) => live.run.steps);
  const { data, hasNextPage } = query;
  const steps = useMemo(() => {
    const stored = data?.pages.flatMap((page) => page.rows) ?? NONE;
    return stepsOf(stored, told.values(), { nodeId, path, isWhole: !hasNextPage });
  }, [data, told, nodeId, path, hasNextPage]);
  return {
    steps,
    error: data === undefined ? query.error : null,
    retry: () => void query.refetch(),
    more: hasNextPage ? () => void query.fetchNextPage() : null,
    isLoadingMore: query.isFetchingNextPage,
  };
}

export type Steps = ReturnType<typeof useSteps>;

import { keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, unwrap } from "@/api";
import type { Item, NodeRun } from "@/domain/definition";
import type { ItemSource } from "./source";

const PAGE_ITEMS = 100;
const NO_ITEMS: readonly Item[] = [];

/** A node's runs in an execution, the latest last; one for each turn of a loop. */
export function nodeRunsQuery(executionId: string | null, nodeId: string) {
  return queryOptions({
    queryKey: ["executions", executionId, "node-runs", { node: nodeId }],
    queryFn: async (): Promise<NodeRun[]> => {
      if (executionId === null) return [];
      const params = { path: { execution_id: executionId }, query: { node_id: nodeId, page_size: 100 } };
      const found = await unwrap(api.GET("/api/orchestrator/executions/{execution_id}/node-runs/", { params }));
      // The OpenAPI calls JSON values `unknown`; the domain names them.
      return found.results as unknown as NodeRun[];
    },
    enabled: executionId !== null,
  });
}

export function useNodeRuns(executionId: string | null, nodeId: string) {
  return useQuery(nodeRunsQuery(executionId, nodeId));
}

/** The items of a source, page by page. */
export function useItems(source: ItemSource | null) {
  const isRun = source?.kind === "run";
  const first = isRun && source.first?.length ? source.first : null;
  const query = useInfiniteQuery({
    queryKey: isRun
      ? ["executions", source.executionId, "node-runs", source.nodeRunId, "items", source.side, source.handle]
      : ["executions", "none"],
    queryFn: async ({ pageParam }) => {
      if (!isRun) return { items: [], count: 0 };
      const path = { execution_id: source.executionId, node_run_id: source.nodeRunId };
      const query = { side: source.side, handle: source.handle, page: pageParam, page_size: PAGE_ITEMS };
      const found = await unwrap(
        api.GET("/api/orchestrator/executions/{execution_id}/node-runs/{node_run_id}/items/", {
          params: { path, query },
        }),
      );
      // As above: JSON values by the domain's name.
      return { items: found.results as unknown as Item[], count: found.count };
    },
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (pages.length * PAGE_ITEMS < last.count ? pages.length + 1 : undefined),
    enabled: isRun,
    placeholderData: first
      ? { pages: [{ items: [...first], count: first.length }], pageParams: [1] }
      : keepPreviousData,
  });
  const pages = query.data?.pages;
  // The same as long as no page comes: what is made of them is then kept, too.
  const items = useMemo(() => pages?.flatMap((page) => page.items), [pages]);
  if (source?.kind === "local") {
    return { items: source.items, total: source.items.length, error: null, isPending: false, more: null, retry: null };
  }
  return {
    items: isRun ? items : NO_ITEMS,
    total: (isRun && pages?.[0]?.count) || 0,
    error: query.error,
    isPending: isRun && query.isPending,
    more: query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : null,
    retry: () => void query.refetch(),
  };
}

/** A stored file. Raises: ProblemError. */
export async function loadFile(id: string): Promise<Blob> {
  const found: unknown = await unwrap(
    api.GET("/api/orchestrator/blobs/{blob_id}/", { params: { path: { blob_id: id } }, parseAs: "blob" }),
  );
  if (!(found instanceof Blob)) throw new Error("The server sent no file");
  return found;
}

export function deleteFile(id: string) {
  return unwrap(api.DELETE("/api/orchestrator/blobs/{blob_id}/", { params: { path: { blob_id: id } } }));
}

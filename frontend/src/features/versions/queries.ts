import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";
import type { Definition } from "@/domain/definition";
import { readPlaced } from "@/domain/placing";
import { catalogueIn } from "@/features/catalogue";
import { laidOut } from "@/features/layout";

export type Version = components["schemas"]["VersionOutput"];

export const PAGE_SIZE = 50;
/** A version's number, or the working copy. */
export type Side = number | "draft";

const versionAt = (workflow_id: string, number: number) => ({ params: { path: { workflow_id, number } } });

export function useVersions(workflowId: string, page: number) {
  return useQuery({
    queryKey: ["workflows", "versions", workflowId, page],
    queryFn: () => {
      const params = { path: { workflow_id: workflowId }, query: { page, page_size: PAGE_SIZE } };
      return unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/versions/", { params }));
    },
    placeholderData: keepPreviousData,
  });
}

/** What a version, or the working copy, holds. A version never changes. */
export function useSide(workflowId: string, side: Side | undefined) {
  return useQuery({
    queryKey: ["workflows", "side", workflowId, side],
    queryFn: async ({ client }): Promise<Definition> => {
      const path = { workflow_id: workflowId };
      const raw =
        typeof side === "number"
          ? await unwrap(
              api.GET("/api/orchestrator/workflows/{workflow_id}/versions/{number}/", versionAt(workflowId, side)),
            )
          : await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path } }));
      return await laidOut(readPlaced(raw), () => catalogueIn(client));
    },
    enabled: side !== undefined,
    staleTime: typeof side === "number" ? Number.POSITIVE_INFINITY : 0,
  });
}

export function keepVersion(workflowId: string, body: { label: string; message: string }) {
  const params = { path: { workflow_id: workflowId } };
  return unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/versions/", { params, body }));
}

export function restoreVersion(workflowId: string, number: number) {
  return unwrap(
    api.POST("/api/orchestrator/workflows/{workflow_id}/versions/{number}/restore/", versionAt(workflowId, number)),
  );
}

export function deployVersion(workflowId: string, version: number) {
  const params = { path: { workflow_id: workflowId } };
  return unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/deploy/", { params, body: { version } }));
}

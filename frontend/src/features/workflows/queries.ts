import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";
import { copy } from "./copy";

export type WorkflowSummary = components["schemas"]["WorkflowSummary"];
export type StatusFilter = "all" | "active" | "draft" | "paused" | "archived";

export interface WorkflowFilters {
  readonly search: string;
  readonly status: StatusFilter;
  readonly page: number;
}

export const PAGE_SIZE = 25;

/** Lists workflows; refreshed now and then, as their last runs move. */
export function useWorkflows({ search, status, page }: WorkflowFilters) {
  return useQuery({
    queryKey: ["workflows", "list", search, status, page],
    queryFn: () =>
      unwrap(
        api.GET("/api/orchestrator/workflows/", {
          params: {
            query: {
              page,
              page_size: PAGE_SIZE,
              ordering: "-updated_at",
              ...(search ? { search } : {}),
              ...(status === "all" ? {} : { status: [status] }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
}

/** Makes a workflow that can run at once: a manual trigger stands in it. */
export function useCreateWorkflow() {
  return useChange(async (name: string) => {
    const start = {
      id: "start",
      type: "manual_trigger",
      position: { x: 96, y: 96 },
      data: { label: copy.firstNode, params: {} },
    };
    return await unwrap(
      api.POST("/api/orchestrator/workflows/", { body: { name, nodes: [start], edges: [] } as CreateBody }),
    );
  });
}

/** The generated type asks for every field of a node; the server fills in what is left out. */
type CreateBody = components["schemas"]["WorkflowInputRequest"];

export function useCloneWorkflow() {
  return useChange((id: string) =>
    unwrap(
      api.POST("/api/orchestrator/workflows/{workflow_id}/clone/", {
        params: { path: { workflow_id: id } },
        body: {},
      }),
    ),
  );
}

export function useArchiveWorkflow() {
  return useChange(({ id, isArchived }: { readonly id: string; readonly isArchived: boolean }) => {
    const params = { path: { workflow_id: id } };
    return unwrap(
      isArchived
        ? api.POST("/api/orchestrator/workflows/{workflow_id}/unarchive/", { params })
        : api.POST("/api/orchestrator/workflows/{workflow_id}/archive/", { params }),
    );
  });
}

export function useDeleteWorkflow() {
  return useChange((id: string) =>
    unwrap(api.DELETE("/api/orchestrator/workflows/{workflow_id}/", { params: { path: { workflow_id: id } } })),
  );
}

export function useRunWorkflow() {
  return useChange((id: string) =>
    unwrap(
      api.POST("/api/orchestrator/workflows/{workflow_id}/execute/", {
        params: { path: { workflow_id: id } },
        body: { input: {} },
      }),
    ),
  );
}

/** A change after which lists of workflows and runs are read again. */
function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => {
      void cache.invalidateQueries({ queryKey: ["workflows"] });
      void cache.invalidateQueries({ queryKey: ["executions"] });
    },
  });
}

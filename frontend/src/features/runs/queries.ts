import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, asProblem, type components, unwrap } from "@/api";
import { toast } from "@/ui/toast";
import { type RunFilters, since } from "./list/filters";

export type RunSummary = components["schemas"]["ExecutionSummary"];
export type RunDetail = components["schemas"]["ExecutionDetail"];
export type NodeRun = components["schemas"]["NodeRunOutput"];
export type Side = "inputs" | "outputs";

export const PAGE_SIZE = 25;
const LIVE_MS = 4000;
const WHY_MS = 15_000;
const ACTIVE: ReadonlySet<string> = new Set(["pending", "running", "waiting", "paused"]);

export function isActive(status: string): boolean {
  return ACTIVE.has(status);
}

/** The runs that match; asked again every few seconds while one of them goes on. */
export function useRuns(filters: RunFilters) {
  const { status, trigger, period, workflow, error, search, page } = filters;
  return useQuery({
    queryKey: ["executions", "list", filters],
    queryFn: () =>
      unwrap(
        api.GET("/api/orchestrator/executions/", {
          params: {
            query: {
              page,
              page_size: PAGE_SIZE,
              ...(status ? { status: [status] } : {}),
              ...(trigger ? { trigger: [trigger] } : {}),
              ...(period ? { created_after: since(period, Date.now()) } : {}),
              ...(workflow ? { workflow_id: workflow } : {}),
              ...(error ? { error_code: error } : {}),
              ...(search ? { search } : {}),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.results.some((run) => isActive(run.status)) ? LIVE_MS : false),
  });
}

export function useRun(id: string) {
  return useQuery({
    queryKey: ["executions", "one", id],
    queryFn: () =>
      unwrap(api.GET("/api/orchestrator/executions/{execution_id}/", { params: { path: { execution_id: id } } })),
  });
}

/** Why a run does not go on; `sequence` has it asked again after each event. */
export function useWhy(id: string, sequence: number, isAsked: boolean) {
  return useQuery({
    queryKey: ["executions", "why", id, sequence],
    queryFn: () =>
      unwrap(api.GET("/api/orchestrator/executions/{execution_id}/why/", { params: { path: { execution_id: id } } })),
    enabled: isAsked,
    placeholderData: keepPreviousData,
    refetchInterval: WHY_MS,
  });
}

function sayProblem(error: Error): void {
  const problem = asProblem(error);
  toast({ kind: "error", text: problem.detail || problem.title });
}

export function useControl(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (verb: "pause" | "resume" | "stop") => {
      const params = { path: { execution_id: id } };
      if (verb === "pause") await unwrap(api.POST("/api/orchestrator/executions/{execution_id}/pause/", { params }));
      else if (verb === "resume")
        await unwrap(api.POST("/api/orchestrator/executions/{execution_id}/resume/", { params }));
      else await unwrap(api.POST("/api/orchestrator/executions/{execution_id}/stop/", { params, body: {} }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["executions"] }),
    onError: sayProblem,
  });
}

export function useRerun(id: string, onStarted: (run: string) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["RetryInputRequest"]) =>
      unwrap(
        api.POST("/api/orchestrator/executions/{execution_id}/retry/", {
          params: { path: { execution_id: id } },
          body,
        }),
      ),
    onSuccess: (run) => {
      void client.invalidateQueries({ queryKey: ["executions"] });
      onStarted(run.id);
    },
  });
}

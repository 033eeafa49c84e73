import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, asProblem, type components, unwrap } from "@/api";

export type HumanTask = components["schemas"]["HumanTaskOutput"];
export type TaskView = "open" | "answered" | "expired" | "all";
export const PAGE_SIZE = 25;

const STATUSES = {
  open: ["pending"],
  answered: ["approved", "rejected", "answered"],
  expired: ["timeout", "cancelled"],
  all: undefined,
} satisfies Record<TaskView, HumanTask["status"][] | undefined>;

const REFRESH_MS = 30_000;

export function useTasks(view: TaskView, page: number) {
  const status = STATUSES[view];
  return useQuery({
    queryKey: ["human-tasks", "list", view, page],
    queryFn: () =>
      unwrap(
        api.GET("/api/orchestrator/hitl/", {
          params: {
            query: {
              page,
              page_size: PAGE_SIZE,
              ordering: view === "open" ? "expires_at" : "-created_at",
              ...(status ? { status } : {}),
            },
          },
          // The server takes several values of one filter with commas.
          querySerializer: { array: { style: "form", explode: false } },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

export function useTask(id: string) {
  return useQuery({
    queryKey: ["human-tasks", "one", id],
    queryFn: () => unwrap(api.GET("/api/orchestrator/hitl/{task_id}/", { params: { path: { task_id: id } } })),
  });
}

/** Answers a task. `onTooLate`: it was closed before. */
export function useRespond(id: string, onTooLate: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["RespondInputRequest"]) =>
      unwrap(api.POST("/api/orchestrator/hitl/{task_id}/respond/", { params: { path: { task_id: id } }, body })),
    onError: (error) => {
      if (asProblem(error).code === "human_task_closed") onTooLate();
    },
    // After a refusal too: who answered first is then shown.
    onSettled: () => client.invalidateQueries({ queryKey: ["human-tasks"] }),
  });
}

/** Whether the reader owns a task's workflow, and so may put the task to others. */
export function useOwns(workflowId: string | null) {
  return useQuery({
    queryKey: ["workflows", "role", workflowId],
    queryFn: async () => {
      const path = { workflow_id: workflowId ?? "" };
      return (await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path } }))).my_role;
    },
    enabled: workflowId !== null,
    select: (role) => role === "owner",
    retry: false,
  });
}

/** The people a workflow is shared with, who have an account. */
export function useWhoCanBeAsked(workflowId: string, isOn: boolean) {
  return useQuery({
    queryKey: ["collaborators", workflowId, "people"],
    queryFn: async () => {
      const params = { path: { workflow_id: workflowId }, query: { page_size: 100 } };
      return (await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/collaborators/", { params }))).results;
    },
    select: (rows) =>
      rows.flatMap(({ user_id: id, status, name, email }) =>
        id && status === "accepted" ? [{ id, name: name || email }] : [],
      ),
    enabled: isOn,
  });
}

export function reassign(id: string, people: readonly string[]) {
  const params = { path: { task_id: id } };
  return unwrap(
    api.POST("/api/orchestrator/hitl/{task_id}/reassign/", { params, body: { assignee_ids: [...people] } }),
  );
}

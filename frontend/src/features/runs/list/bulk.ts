/** Rerunning and stopping many runs: first how many that would be, then a job that does it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";
import type { BulkFilter } from "./filters";

export type Job = components["schemas"]["JobOutput"];
export type BulkVerb = "retry" | "stop";
type BulkInput = components["schemas"]["BulkInputRequest"];

/** Which runs are meant. */
export type BulkTarget = { readonly ids: readonly string[] } | { readonly filter: BulkFilter };

export interface BulkChoice {
  readonly from: "failed" | "start";
  readonly version: "same" | "current";
}

const POLL_MS = 700;

/** A GET would not carry a thousand ids, so the question is a POST that changes nothing. */
export function useMatched(verb: BulkVerb, target: BulkTarget) {
  return useQuery({
    queryKey: ["executions", "bulk", verb, target],
    queryFn: async () => {
      const answer = await unwrap(post(verb, { ...bodyOf(target), dry_run: true }));
      return "matched" in answer ? answer.matched : 0;
    },
    gcTime: 0,
    staleTime: 0,
  });
}

export function useBulk(verb: BulkVerb) {
  return useMutation({
    mutationFn: async ({ target, choice }: { readonly target: BulkTarget; readonly choice: BulkChoice }) => {
      const answer = await unwrap(post(verb, { ...bodyOf(target), ...(verb === "retry" ? choice : {}) }));
      if ("matched" in answer) throw new Error("The server counted, but started nothing.");
      return answer;
    },
  });
}

/** A job, asked again until it has ended; the lists of runs are read anew then. */
export function useJob(job: Job | undefined) {
  const client = useQueryClient();
  const id = job?.id ?? "";
  return useQuery({
    queryKey: ["jobs", id],
    queryFn: async () => {
      const found = await unwrap(api.GET("/api/orchestrator/jobs/{job_id}/", { params: { path: { job_id: id } } }));
      if (isOver(found)) void client.invalidateQueries({ queryKey: ["executions", "list"] });
      return found;
    },
    enabled: job !== undefined,
    ...(job ? { initialData: job, initialDataUpdatedAt: 0 } : {}),
    refetchInterval: (query) => (query.state.data && isOver(query.state.data) ? false : POLL_MS),
  });
}

export function isOver(job: Job): boolean {
  return job.status === "completed" || job.status === "failed";
}

function bodyOf(target: BulkTarget): BulkInput {
  return "ids" in target ? { ids: [...target.ids] } : { filter: target.filter };
}

function post(verb: BulkVerb, body: BulkInput) {
  return verb === "retry"
    ? api.POST("/api/orchestrator/executions/bulk-retry/", { body })
    : api.POST("/api/orchestrator/executions/bulk-stop/", { body });
}

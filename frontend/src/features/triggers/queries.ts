import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

type Schemas = components["schemas"];
export type Trigger = Schemas["TriggerOutput"];
export type Registration = Schemas["RegistrationOutput"];
export type Listener = Schemas["ListenOutput"];
export type Schedule = Schemas["ScheduleOutput"];
export type Occurrence = Schemas["OccurrenceOutput"];

export const OCCURRENCES_PAGE = 10;
const LISTENING_MS = 2000;
const UNDER_WAY_MS = 2000;
const JOB_MS = 1500;
const UPCOMING = 5;
const triggerAt = (workflow_id: string, node_id: string) => ({ params: { path: { workflow_id, node_id } } });
const scheduleAt = (schedule_id: string) => ({ params: { path: { schedule_id } } });

/** Whether something is about to happen at another service. */
function isUnderWay({ registration, removals }: Trigger): boolean {
  return registration?.state === "registering" || removals.some((removal) => removal.error === null);
}

/** The triggers of the working copy; another `revision` asks again, and shows the ones before meanwhile. */
export function useTriggers(workflowId: string, revision?: number) {
  return useQuery({
    queryKey: ["workflows", "triggers", workflowId, ...(revision === undefined ? [] : [revision])],
    placeholderData: (before, query) => (query?.queryKey[2] === workflowId ? before : undefined),
    queryFn: async () => {
      const params = { path: { workflow_id: workflowId } };
      return (await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/triggers/", { params }))).results;
    },
    refetchInterval: (query) => (query.state.data?.some(isUnderWay) ? UNDER_WAY_MS : false),
  });
}

/** The names that the author gave the nodes. */
export function useNodeLabels(workflowId: string) {
  return useQuery({
    queryKey: ["workflows", "labels", workflowId],
    queryFn: async () => {
      const params = { path: { workflow_id: workflowId } };
      const { nodes } = await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params }));
      return new Map(nodes.map((node) => [node.id, node.data?.label]));
    },
  });
}

export function listen(workflowId: string, nodeId: string) {
  return unwrap(
    api.POST("/api/orchestrator/workflows/{workflow_id}/triggers/{node_id}/listen/", triggerAt(workflowId, nodeId)),
  );
}

/** Whether a test call is awaited or came; asked again while it is awaited. */
export function useListening(workflowId: string, nodeId: string, isAsked: boolean) {
  return useQuery({
    queryKey: ["listening", workflowId, nodeId],
    queryFn: () =>
      unwrap(
        api.GET("/api/orchestrator/workflows/{workflow_id}/triggers/{node_id}/listen/", triggerAt(workflowId, nodeId)),
      ),
    enabled: isAsked,
    refetchInterval: (query) => (query.state.data?.listening === false ? false : LISTENING_MS),
  });
}

export function tryTrigger(workflowId: string, nodeId: string) {
  return unwrap(
    api.POST("/api/orchestrator/workflows/{workflow_id}/triggers/{node_id}/try/", triggerAt(workflowId, nodeId)),
  );
}

/** Tells the other service now, whatever the next try. */
export function retryRegistration(workflowId: string, nodeId: string) {
  return unwrap(
    api.POST("/api/orchestrator/workflows/{workflow_id}/triggers/{node_id}/retry/", triggerAt(workflowId, nodeId)),
  );
}

export function rotateSecret(workflowId: string, nodeId: string) {
  return unwrap(
    api.POST(
      "/api/orchestrator/workflows/{workflow_id}/triggers/{node_id}/rotate-secret/",
      triggerAt(workflowId, nodeId),
    ),
  );
}

/** Forgets a registration that the other service does not take away. */
export function forgetRemoval(workflow_id: string, node_id: string, registration_id: string) {
  return unwrap(
    api.DELETE("/api/orchestrator/workflows/{workflow_id}/triggers/{node_id}/removals/{registration_id}/", {
      params: { path: { workflow_id, node_id, registration_id } },
    }),
  );
}

export function useSchedule(id: string) {
  return useQuery({
    queryKey: ["schedules", "one", id],
    queryFn: () => unwrap(api.GET("/api/orchestrator/schedules/{schedule_id}/", scheduleAt(id))),
    refetchInterval: 30_000,
  });
}

export function switchSchedule(id: string, enabled: boolean) {
  return unwrap(api.PATCH("/api/orchestrator/schedules/{schedule_id}/", { ...scheduleAt(id), body: { enabled } }));
}

export function runNow(id: string) {
  return unwrap(api.POST("/api/orchestrator/schedules/{schedule_id}/run-now/", scheduleAt(id)));
}

export function useUpcoming({ cron, interval_s, timezone, next_run_at }: Schedule) {
  return useQuery({
    queryKey: ["schedules", "upcoming", cron, interval_s, timezone, next_run_at],
    queryFn: async () => {
      const body = { timezone, count: UPCOMING, ...(cron ? { cron } : { interval_s }) };
      return (await unwrap(api.POST("/api/orchestrator/schedules/preview/", { body }))).next;
    },
  });
}

export function useOccurrences(id: string, page: number) {
  return useQuery({
    queryKey: ["schedules", "occurrences", id, page],
    queryFn: () => {
      const params = { path: { schedule_id: id }, query: { page, page_size: OCCURRENCES_PAGE } };
      return unwrap(api.GET("/api/orchestrator/schedules/{schedule_id}/occurrences/", { params }));
    },
    placeholderData: keepPreviousData,
  });
}

export interface Backfill {
  readonly from: string;
  readonly to: string;
  readonly rate_per_s: number;
}

/** Returns how many runs a backfill would start, and when they were due. */
export async function countBackfill(id: string, given: Backfill) {
  const body = { ...given, dry_run: true };
  const answer = await unwrap(
    api.POST("/api/orchestrator/schedules/{schedule_id}/backfill/", { ...scheduleAt(id), body }),
  );
  if (!("matched" in answer)) throw new Error("The server started what it was asked to count.");
  return answer;
}

/** Starts the runs and returns the id of the job that does it. */
export async function startBackfill(id: string, given: Backfill): Promise<string> {
  const body = { ...given, dry_run: false };
  const answer = await unwrap(
    api.POST("/api/orchestrator/schedules/{schedule_id}/backfill/", { ...scheduleAt(id), body }),
  );
  if (!("id" in answer)) throw new Error("The server did not name a job.");
  return answer.id;
}

export function useJob(id: string | undefined) {
  return useQuery({
    queryKey: ["jobs", id],
    queryFn: () => unwrap(api.GET("/api/orchestrator/jobs/{job_id}/", { params: { path: { job_id: id ?? "" } } })),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data?.finished_at ? false : JOB_MS),
  });
}

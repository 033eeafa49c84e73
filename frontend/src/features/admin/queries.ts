import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

type Schemas = components["schemas"];
export type Health = Schemas["HealthOutput"];
export type Worker = Schemas["WorkerOutput"];
export type DeadLetter = Schemas["DeadLetterOutput"];
export type BlockedIp = Schemas["BlockedIpOutput"];
export type Account = Schemas["UserOutput"];
export type PromptRules = Schemas["PromptRulesForm"];

export const PAGE_SIZE = 25;
const OFTEN_MS = 10_000;
const letterAt = (letter_id: string) => ({ params: { path: { letter_id } } });

function isHealth(value: unknown): value is Health {
  return typeof value === "object" && value !== null && "components" in value;
}

export function useHealth() {
  return useQuery({
    queryKey: ["admin", "health"],
    queryFn: async () => {
      const { data, error, response } = await api.GET("/api/health/");
      // An unhealthy installation answers 503, with the same body.
      const body: unknown = data ?? error;
      return isHealth(body) ? body : await unwrap<Health>(Promise.resolve({ error, response }));
    },
    refetchInterval: OFTEN_MS,
  });
}

export function useWorkers() {
  return useQuery({
    queryKey: ["admin", "workers"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/workers/"))).results,
    refetchInterval: OFTEN_MS,
  });
}

interface LetterFilters {
  readonly status: DeadLetter["status"] | "";
  readonly task: string;
  readonly page: number;
}

export function useDeadLetters({ status, task, page }: LetterFilters) {
  return useQuery({
    queryKey: ["admin", "dead-letters", status, task, page],
    queryFn: () => {
      const chosen = { ...(status ? { status: [status] } : {}), ...(task ? { task_name: task } : {}) };
      const query = { page, page_size: PAGE_SIZE, ...chosen };
      return unwrap(api.GET("/api/orchestrator/dead-letters/", { params: { query } }));
    },
    placeholderData: keepPreviousData,
  });
}

export function useDeadLetterStats() {
  return useQuery({
    queryKey: ["admin", "dead-letter-stats"],
    queryFn: () => unwrap(api.GET("/api/orchestrator/dead-letters/stats/")),
  });
}

export function retryLetter(id: string) {
  return unwrap(api.POST("/api/orchestrator/dead-letters/{letter_id}/retry/", letterAt(id)));
}

export function resolveLetter(id: string) {
  return unwrap(api.POST("/api/orchestrator/dead-letters/{letter_id}/resolve/", letterAt(id)));
}

export function deleteLetter(id: string) {
  return unwrap(api.DELETE("/api/orchestrator/dead-letters/{letter_id}/", letterAt(id)));
}

export function cleanLetters() {
  return unwrap(api.POST("/api/orchestrator/dead-letters/clean/"));
}

export function useBlocked(page: number) {
  return useQuery({
    queryKey: ["admin", "blocked", page],
    queryFn: () => unwrap(api.GET("/api/admin/blocked-ips/", { params: { query: { page, page_size: PAGE_SIZE } } })),
    placeholderData: keepPreviousData,
  });
}

export function releaseIp(ip: string) {
  return unwrap(api.DELETE("/api/admin/blocked-ips/{ip}/", { params: { path: { ip } } }));
}

export function useUsers(search: string, page: number) {
  return useQuery({
    queryKey: ["admin", "users", search, page],
    queryFn: () => {
      const query = { page, page_size: PAGE_SIZE, ...(search ? { search } : {}) };
      return unwrap(api.GET("/api/users/", { params: { query } }));
    },
    placeholderData: keepPreviousData,
  });
}

export function createUser(body: Schemas["UserCreateInputRequest"]) {
  return unwrap(api.POST("/api/users/", { body }));
}

export function changeUser({ id, ...body }: Schemas["PatchedUserAdminInputRequest"] & { readonly id: string }) {
  return unwrap(api.PATCH("/api/users/{user_id}", { params: { path: { user_id: id } }, body }));
}

export function usePromptRules() {
  return useQuery({
    queryKey: ["admin", "prompt-rules"],
    queryFn: () => unwrap(api.GET("/api/admin/prompt-patterns/")),
    refetchOnWindowFocus: false,
  });
}

export function savePromptRules(body: Schemas["PromptRulesFormRequest"]) {
  return unwrap(api.PUT("/api/admin/prompt-patterns/", { body }));
}

/** Deletes an account; `to` gets its workflows. */
export function deleteUser({ id, ...query }: { id: string; workflows: "transfer" | "delete"; to?: string }) {
  return unwrap(api.DELETE("/api/users/{user_id}", { params: { path: { user_id: id }, query } }));
}

export function makePasswordLink(id: string) {
  return unwrap(api.POST("/api/users/{user_id}/password-link/", { params: { path: { user_id: id } } }));
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, type ProblemError, unwrap } from "@/api";
import type { CodeProblem } from "@/ui/codeEditorProps";

type Schemas = components["schemas"];
export type CustomNode = Schemas["CustomNodeOutput"];
export type Status = CustomNode["status"];
export type NodeInput = Schemas["CustomNodeInputRequest"];

export const PAGE_SIZE = 25;
const at = (id: string) => ({ params: { path: { custom_node_id: id } } });

interface ListFilters {
  readonly search: string;
  readonly status: Status | "";
  readonly isAll: boolean;
  readonly page: number;
}

export function useCustomNodes({ search, status, isAll, page }: ListFilters) {
  return useQuery({
    queryKey: ["custom-nodes", "list", search, status, isAll, page],
    queryFn: () => {
      const query = {
        page,
        page_size: PAGE_SIZE,
        ordering: "-updated_at" as const,
        ...(isAll ? { all: true } : {}),
        ...(search ? { search } : {}),
        ...(status ? { status: [status] } : {}),
      };
      return unwrap(api.GET("/api/nodes/custom/", { params: { query } }));
    },
    placeholderData: keepPreviousData,
  });
}

export function useCustomNode(id: string) {
  return useQuery({
    queryKey: ["custom-nodes", "one", id],
    queryFn: () => unwrap(api.GET("/api/nodes/custom/{custom_node_id}", at(id))),
    refetchOnWindowFocus: false,
  });
}

/** Makes a custom node, or changes one. */
export function saveNode(id: string | undefined, body: NodeInput) {
  return id === undefined
    ? unwrap(api.POST("/api/nodes/custom/", { body }))
    : unwrap(api.PATCH("/api/nodes/custom/{custom_node_id}", { ...at(id), body }));
}

export function deleteNode(id: string) {
  return unwrap(api.DELETE("/api/nodes/custom/{custom_node_id}", at(id)));
}

export function submitNode(id: string) {
  return unwrap(api.POST("/api/nodes/custom/{custom_node_id}/submit/", at(id)));
}

export function reviewNode(id: string, body: Schemas["ReviewInputRequest"]) {
  return unwrap(api.POST("/api/nodes/custom/{custom_node_id}/review/", { ...at(id), body }));
}

/** Returns what the server found in refused code, by line. */
export function offencesOf(problem: ProblemError | null): CodeProblem[] {
  const given = problem?.extra.offences;
  if (!Array.isArray(given)) return [];
  return given.flatMap((one: unknown) => {
    if (typeof one !== "object" || one === null || !("line" in one) || !("message" in one)) return [];
    const column = "column" in one && typeof one.column === "number" ? one.column : 0;
    return typeof one.line === "number" && typeof one.message === "string"
      ? [{ line: one.line, column, message: one.message }]
      : [];
  });
}

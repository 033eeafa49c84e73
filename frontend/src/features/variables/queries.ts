import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

type Schemas = components["schemas"];
export type Variable = Schemas["VariableOutput"];

export const VARIABLES_PAGE = 50;
const at = (id: string) => ({ params: { path: { variable_id: id } } });

export function useVariables(page: number) {
  return useQuery({
    queryKey: ["variables", page],
    queryFn: () => unwrap(api.GET("/api/variables/", { params: { query: { page, page_size: VARIABLES_PAGE } } })),
    placeholderData: keepPreviousData,
  });
}

export function createVariable(body: Schemas["VariableInputRequest"]) {
  return unwrap(api.POST("/api/variables/", { body }));
}

export function changeVariable({ id, ...body }: Schemas["PatchedVariableUpdateRequest"] & { readonly id: string }) {
  return unwrap(api.PATCH("/api/variables/{variable_id}/", { ...at(id), body }));
}

export function deleteVariable(id: string) {
  return unwrap(api.DELETE("/api/variables/{variable_id}/", at(id)));
}

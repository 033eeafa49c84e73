import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";
import type { Category, Definition, Diagnostic } from "@/domain/definition";

export type Workflow = components["schemas"]["WorkflowOutput"];
type Graph = components["schemas"]["GraphInputRequest"];

/** One workflow as the server has it. Read once: afterwards the document store holds it. */
export function useWorkflow(id: string) {
  return useQuery({
    queryKey: ["workflows", "one", id],
    queryFn: () =>
      unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path: { workflow_id: id } } })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

/** How the palette groups node types, in its order. */
export function useCategories() {
  return useQuery({
    queryKey: ["nodes", "categories"],
    queryFn: async (): Promise<readonly Category[]> => (await unwrap(api.GET("/api/nodes/categories/"))).results,
    staleTime: 300_000,
  });
}

/** What the compiler says of a definition. */
export function useDiagnostics(definition: Definition) {
  const { nodes, edges, settings } = definition;
  return useQuery({
    queryKey: ["validate", nodes, edges, settings],
    queryFn: async (): Promise<readonly Diagnostic[]> => {
      // The domain's JSON values are narrower than what the generated type asks for.
      const body = { nodes, edges, settings } as unknown as Graph;
      const found = await unwrap(api.POST("/api/compile/validate/", { body }));
      return found.diagnostics as unknown as readonly Diagnostic[];
    },
    enabled: nodes.length > 0,
    gcTime: 10_000,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
}

export function useRename(id: string) {
  return useChange(id, (name: string) =>
    unwrap(
      api.PATCH("/api/orchestrator/workflows/{workflow_id}/", {
        params: { path: { workflow_id: id } },
        body: { name },
      }),
    ),
  );
}

export function useDeploy(id: string) {
  return useChange(id, (isDeployed: boolean) => {
    const params = { path: { workflow_id: id } };
    return unwrap<{ status: string }>(
      isDeployed
        ? api.POST("/api/orchestrator/workflows/{workflow_id}/undeploy/", { params })
        : api.POST("/api/orchestrator/workflows/{workflow_id}/deploy/", { params, body: {} }),
    );
  });
}

function useChange<Input, Output>(id: string, change: (input: Input) => Promise<Output>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => void cache.invalidateQueries({ queryKey: ["workflows", "head", id] }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["workflows", "list"] }),
  });
}

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";
import type { SelectOption } from "@/ui/Select";

export type Credential = components["schemas"]["CredentialOutput"];
export type CredentialType = components["schemas"]["CredentialTypeOutput"];

/** Workflows by name, the one that is chosen among them. */
export function useWorkflowChoices(search: string, chosen: string | undefined) {
  return useQuery({
    queryKey: ["workflows", "choices", search, chosen],
    queryFn: async (): Promise<SelectOption[]> => {
      const query = { page_size: 50, ...(search ? { search } : {}) };
      const found = await unwrap(api.GET("/api/orchestrator/workflows/", { params: { query } }));
      const options = found.results.map(({ id, name }) => ({ value: id, label: name }));
      if (chosen === undefined || search !== "" || options.some((option) => option.value === chosen)) return options;
      const path = { workflow_id: chosen };
      const own = await unwrap(api.GET("/api/orchestrator/workflows/{workflow_id}/", { params: { path } })).catch(
        () => null, // gone, or not one's own: shown by its id
      );
      return own === null ? options : [{ value: own.id, label: own.name }, ...options];
    },
    placeholderData: (before) => before,
  });
}

/** Data tables by name, those of other workflows left out; a node holds a table's name, so that it can be moved. */
export function useTableChoices(search: string, workflow: string | undefined) {
  return useQuery({
    queryKey: ["data-tables", "choices", search, workflow],
    queryFn: async (): Promise<SelectOption[]> => {
      const query = { page_size: 100, ordering: "name" as const, ...(search ? { search } : {}) };
      const found = (await unwrap(api.GET("/api/data-tables/", { params: { query } }))).results;
      const usable = found.filter(({ workflow_id }) => workflow_id === null || workflow_id === workflow);
      return [...new Set(usable.map(({ name }) => name))].map((name) => ({ value: name, label: name }));
    },
    placeholderData: (before) => before,
  });
}

export function useModelChoices() {
  return useQuery({
    queryKey: ["nodes", "models"],
    queryFn: async (): Promise<SelectOption[]> => {
      const found = await unwrap(api.GET("/api/nodes/models/"));
      return found.results.map(({ provider, model }) => ({ value: model, label: `${provider} / ${model}` }));
    },
    staleTime: 300_000,
  });
}

export function useMcpServerChoices() {
  return useQuery({
    queryKey: ["mcp-servers", "choices"],
    queryFn: async (): Promise<SelectOption[]> => {
      const query = { page_size: 100, ordering: "name" as const };
      const found = await unwrap(api.GET("/api/mcp/servers/", { params: { query } }));
      return found.results.map(({ id, name }) => ({ value: id, label: name }));
    },
  });
}

/** The tools of a server, as it listed them last; it is asked where that was long ago. */
export function useMcpToolChoices(server: string | undefined) {
  return useQuery({
    queryKey: ["mcp-servers", server, "tools"],
    enabled: server !== undefined,
    retry: false,
    queryFn: async () => {
      const path = { server_id: server ?? "" };
      return unwrap(api.GET("/api/mcp/servers/{server_id}/tools/", { params: { path } }));
    },
  });
}

export function useCredentials() {
  return useQuery({
    queryKey: ["credentials", "choices"],
    queryFn: async () => {
      const query = { page_size: 100, ordering: "name" as const };
      return (await unwrap(api.GET("/api/credentials/", { params: { query } }))).results;
    },
  });
}

export function useCredentialTypes() {
  return useQuery({
    queryKey: ["credentials", "types"],
    queryFn: async () => (await unwrap(api.GET("/api/credentials/types/"))).results,
    staleTime: 300_000,
  });
}

export interface NewCredential {
  readonly name: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Makes a credential, or changes the one that was just made. */
export function useSaveCredential() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name, type, data }: NewCredential & { readonly id: string | undefined }) =>
      id === undefined
        ? unwrap(api.POST("/api/credentials/", { body: { name, type, data: { ...data } } }))
        : unwrap(
            api.PATCH("/api/credentials/{credential_id}/", {
              params: { path: { credential_id: id } },
              body: { name, data: { ...data } },
            }),
          ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["credentials"] }),
  });
}

export function useVerifyCredential() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.POST("/api/credentials/{credential_id}/verify/", { params: { path: { credential_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["credentials"] }),
  });
}

export function useStartOAuth() {
  return useMutation({
    mutationFn: (body: { type: string; name: string }) =>
      unwrap(
        api.POST("/api/credentials/oauth/start/", {
          body: { ...body, scopes: [], return_to: "/app/credentials/signed-in" },
        }),
      ),
  });
}

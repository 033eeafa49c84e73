import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";
import type { JsonObject } from "@/domain/json";

type Schemas = components["schemas"];
export type McpServer = Schemas["McpServerOutput"];
export type McpTool = Schemas["McpTool"];
export type McpCall = Schemas["McpCall"];
export type ServerBody = Schemas["McpServerInputRequest"];

export const SERVERS_PAGE = 25;
const at = (id: string) => ({ params: { path: { server_id: id } } });

export function useServers(page: number) {
  return useQuery({
    queryKey: ["mcp-servers", "list", page],
    queryFn: () => {
      const query = { page, page_size: SERVERS_PAGE, ordering: "name" as const };
      return unwrap(api.GET("/api/mcp/servers/", { params: { query } }));
    },
    placeholderData: keepPreviousData,
  });
}

export function useServer(id: string) {
  return useQuery({
    queryKey: ["mcp-servers", id],
    queryFn: () => unwrap(api.GET("/api/mcp/servers/{server_id}/", at(id))),
  });
}

export function useTools(id: string, isOn: boolean) {
  return useQuery({
    queryKey: ["mcp-servers", id, "tools"],
    enabled: isOn,
    retry: false,
    queryFn: () => unwrap(api.GET("/api/mcp/servers/{server_id}/tools/", at(id))),
  });
}

export function listAgain(id: string) {
  const params = { path: { server_id: id }, query: { refresh: true } };
  return unwrap(api.GET("/api/mcp/servers/{server_id}/tools/", { params }));
}

export function createServer(body: ServerBody) {
  return unwrap(api.POST("/api/mcp/servers/", { body }));
}

export function changeServer({ id, ...body }: Partial<ServerBody> & { readonly id: string }) {
  return unwrap(api.PATCH("/api/mcp/servers/{server_id}/", { ...at(id), body }));
}

export function deleteServer(id: string) {
  return unwrap(api.DELETE("/api/mcp/servers/{server_id}/", at(id)));
}

export function tryServer(id: string) {
  return unwrap(api.POST("/api/mcp/servers/{server_id}/validate_credentials/", at(id)));
}

export function callTool({
  id,
  name,
  args,
}: {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
}) {
  const path = { server_id: id, name };
  const body = { arguments: args };
  return unwrap(api.POST("/api/mcp/servers/{server_id}/tools/{name}/call/", { params: { path }, body }));
}

/** Credentials of any type: a server says itself where their fields go. */
export function useAllCredentials() {
  return useQuery({
    queryKey: ["credentials", "choices"],
    queryFn: async () => {
      const query = { page_size: 100, ordering: "name" as const };
      return (await unwrap(api.GET("/api/credentials/", { params: { query } }))).results;
    },
  });
}

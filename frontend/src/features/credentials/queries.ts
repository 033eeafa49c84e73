import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

export type Credential = components["schemas"]["CredentialOutput"];
export type CredentialType = components["schemas"]["CredentialTypeOutput"];
export type Access = components["schemas"]["AccessOutput"];
export type AccessAction = Access["action"];
export type Health = Credential["health"];

export const PAGE_SIZE = 25;
const WAITING_MS = 3000;
const at = (id: string) => ({ params: { path: { credential_id: id } } });

export function useCredentialList(filters: { search: string; type: string; page: number }) {
  const { search, type, page } = filters;
  return useQuery({
    queryKey: ["credentials", "list", search, type, page],
    queryFn: () => {
      const query = { page, page_size: PAGE_SIZE, ordering: "name" as const };
      const chosen = { ...query, ...(search ? { search } : {}), ...(type ? { type } : {}) };
      return unwrap(api.GET("/api/credentials/", { params: { query: chosen } }));
    },
    placeholderData: keepPreviousData,
  });
}

export function useTypes() {
  return useQuery({
    queryKey: ["credentials", "types"],
    queryFn: async () => (await unwrap(api.GET("/api/credentials/types/"))).results,
    staleTime: 300_000,
  });
}

/** One credential; asked often while a sign-in at its provider is awaited. */
export function useCredential(id: string, isAwaited = false) {
  return useQuery({
    queryKey: ["credentials", "one", id],
    queryFn: () => unwrap(api.GET("/api/credentials/{credential_id}/", at(id))),
    refetchInterval: isAwaited ? WAITING_MS : false,
    refetchOnWindowFocus: false, // each look stands in the access log
  });
}

export function useUsage(id: string) {
  return useQuery({
    queryKey: ["credentials", "usage", id],
    queryFn: () => unwrap(api.GET("/api/credentials/{credential_id}/usage/", at(id))),
  });
}

export function useShares(id: string) {
  return useQuery({
    queryKey: ["credentials", "shares", id],
    queryFn: async () => (await unwrap(api.GET("/api/credentials/{credential_id}/shares/", at(id)))).results,
  });
}

export function useAccessLog(filters: { credential: string; action: AccessAction | ""; page: number }) {
  const { credential, action, page } = filters;
  return useQuery({
    queryKey: ["credentials", "audit", credential, action, page],
    queryFn: () => {
      const query = {
        page,
        page_size: PAGE_SIZE,
        ...(credential ? { credential_id: credential } : {}),
        ...(action ? { action: [action] } : {}),
      };
      return unwrap(api.GET("/api/credentials/audit/", { params: { query } }));
    },
    placeholderData: keepPreviousData,
  });
}

export type CredentialChange = components["schemas"]["PatchedCredentialUpdateRequest"];

export function changeCredential(id: string, body: CredentialChange) {
  return unwrap(api.PATCH("/api/credentials/{credential_id}/", { ...at(id), body }));
}

export function deleteCredential({ id, isForced }: { id: string; isForced: boolean }) {
  const params = { path: { credential_id: id }, query: { force: isForced } };
  return unwrap(api.DELETE("/api/credentials/{credential_id}/", { params }));
}

export function testCredential(id: string) {
  return unwrap(api.POST("/api/credentials/{credential_id}/verify/", at(id)));
}

export function renewToken(id: string) {
  return unwrap(api.POST("/api/credentials/{credential_id}/refresh/", at(id)));
}

export function startSignIn({ id, type, name }: Credential) {
  const body = { type, name, credential_id: id, return_to: "/app/credentials/signed-in" };
  return unwrap(api.POST("/api/credentials/oauth/start/", { body }));
}

export function shareWith(id: string, email: string) {
  return unwrap(api.POST("/api/credentials/{credential_id}/shares/", { ...at(id), body: { email } }));
}

export function stopSharing(id: string, userId: string) {
  const params = { path: { credential_id: id, user_id: userId } };
  return unwrap(api.DELETE("/api/credentials/{credential_id}/shares/{user_id}/", { params }));
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

type Schemas = components["schemas"];
export type ApiKey = Schemas["ApiKeyOutput"];
export type Usage = Schemas["UserUsageOutput"];
export type Notifications = Schemas["NotificationsOutput"];

export const KEYS_PAGE = 25;
const keyAt = (id: string) => ({ params: { path: { key_id: id } } });

export function saveProfile(body: Schemas["PatchedProfileInputRequest"]) {
  return unwrap(api.PATCH("/api/users/me", { body }));
}

export function changePassword(body: Schemas["PasswordInputRequest"]) {
  return unwrap(api.POST("/api/users/password", { body }));
}

export function useSecondFactor() {
  return useQuery({
    queryKey: ["second-factor"],
    queryFn: () => unwrap(api.GET("/api/users/me/two-factor/")),
  });
}

export function beginSecondFactor() {
  return unwrap(api.POST("/api/users/me/two-factor/"));
}

export function confirmSecondFactor(body: { code: string; password: string }) {
  return unwrap(api.POST("/api/users/me/two-factor/confirm/", { body }));
}

export function endSecondFactor(body: { password: string; code: string }) {
  // OpenAPI describes no body of a DELETE, so the generated type forbids it; the server reads this one.
  return unwrap(api.DELETE("/api/users/me/two-factor/", { body: body as never }));
}

export function useKeys(page: number) {
  return useQuery({
    queryKey: ["keys", page],
    queryFn: () => unwrap(api.GET("/api/keys/", { params: { query: { page, page_size: KEYS_PAGE } } })),
    placeholderData: keepPreviousData,
  });
}

export function createKey(body: Schemas["ApiKeyInputRequest"]) {
  return unwrap(api.POST("/api/keys/", { body }));
}

export function changeKey({ id, ...body }: Schemas["PatchedApiKeyUpdateRequest"] & { readonly id: string }) {
  return unwrap(api.PATCH("/api/keys/{key_id}", { ...keyAt(id), body }));
}

export function rotateKey(id: string) {
  return unwrap(api.POST("/api/keys/{key_id}/rotate", keyAt(id)));
}

export function deleteKey(id: string) {
  return unwrap(api.DELETE("/api/keys/{key_id}", keyAt(id)));
}

export function useNotifications() {
  return useQuery({
    queryKey: ["notifications"],
    queryFn: () => unwrap(api.GET("/api/users/me/notifications")),
  });
}

export function saveNotifications(body: Partial<Notifications>) {
  return unwrap(api.PATCH("/api/users/me/notifications", { body }));
}

export type Model = Schemas["ModelOutput"];

/** What is known of the models of all providers. */
export function useModels() {
  return useQuery({
    queryKey: ["models"],
    queryFn: async () => (await unwrap(api.GET("/api/nodes/models/"))).results,
  });
}

/** The credentials by which a provider can be asked. */
export function useCredentialsOf(provider: string) {
  return useQuery({
    queryKey: ["credentials", "of", provider],
    enabled: provider !== "",
    queryFn: async () => {
      const query = { type: provider, page_size: 100 };
      return (await unwrap(api.GET("/api/credentials/", { params: { query } }))).results;
    },
  });
}

export function useUsage(days: number) {
  return useQuery({
    queryKey: ["usage", days],
    queryFn: () => unwrap(api.GET("/api/usage/", { params: { query: { days } } })),
    placeholderData: keepPreviousData,
  });
}

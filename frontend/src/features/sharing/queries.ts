import { useQuery } from "@tanstack/react-query";
import { api, type components, unwrap } from "@/api";

type Schemas = components["schemas"];
export type Collaborator = Schemas["CollaboratorOutput"];
export type Invitation = Schemas["InvitationOutput"];
export type GrantedRole = Collaborator["role"];

export const GRANTED: readonly GrantedRole[] = ["viewer", "runner", "editor"];
const at = (id: string) => ({ params: { path: { workflow_id: id } } });

/** Everybody with a role on a workflow, and who is invited: at most a page of a hundred. */
export function useCollaborators(id: string, isOn: boolean) {
  return useQuery({
    queryKey: ["collaborators", id],
    queryFn: async () => {
      const params = { path: { workflow_id: id }, query: { page_size: 100 } };
      const path = "/api/orchestrator/workflows/{workflow_id}/collaborators/";
      return (await unwrap(api.GET(path, { params }))).results;
    },
    enabled: isOn,
  });
}

export function invite(id: string, body: { email: string; role: GrantedRole }) {
  return unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/collaborators/", { ...at(id), body }));
}

const one = (id: string, collaborator: string) => ({
  params: { path: { workflow_id: id, collaborator_id: collaborator } },
});
const ONE = "/api/orchestrator/workflows/{workflow_id}/collaborators/{collaborator_id}/" as const;

export function changeRole(id: string, collaborator: string, role: GrantedRole) {
  return unwrap(api.PATCH(ONE, { ...one(id, collaborator), body: { role } }));
}

export function removeCollaborator(id: string, collaborator: string) {
  return unwrap(api.DELETE(ONE, one(id, collaborator)));
}

export function transfer(id: string, collaborator: string) {
  const body = { collaborator_id: collaborator };
  return unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/transfer/", { ...at(id), body }));
}

export function leave(id: string) {
  return unwrap(api.POST("/api/orchestrator/workflows/{workflow_id}/leave/", at(id)));
}

export function useInvitations() {
  return useQuery({
    queryKey: ["invitations"],
    queryFn: async () => (await unwrap(api.GET("/api/orchestrator/invitations/"))).results,
    staleTime: 30_000,
  });
}

const invitation = (id: string) => ({ params: { path: { invitation_id: id } } });

export function accept(id: string) {
  return unwrap(api.POST("/api/orchestrator/invitations/{invitation_id}/accept/", invitation(id)));
}

export function decline(id: string) {
  return unwrap(api.POST("/api/orchestrator/invitations/{invitation_id}/decline/", invitation(id)));
}

export function openInvitation(token: string) {
  return unwrap(api.POST("/api/orchestrator/invitations/open/", { body: { token } }));
}

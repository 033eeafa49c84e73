import { useQuery } from "@tanstack/react-query";
import { api, type components, ProblemError, unwrap } from "@/api";

type Schemas = components["schemas"];
export type Collaborator = Schemas["CollaboratorOutput"];
export type Invitation = Schemas["InvitationOutput"];
export type TransferOffer = Schemas["TransferOfferOutput"];
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

const TRANSFER = "/api/orchestrator/workflows/{workflow_id}/transfer/" as const;

/** The open offer of a workflow to its next owner; null where it is offered to nobody. */
export function useOffer(id: string) {
  return useQuery({
    queryKey: ["transfers", "of", id],
    queryFn: async () => {
      try {
        return await unwrap(api.GET(TRANSFER, at(id)));
      } catch (failure) {
        if (failure instanceof ProblemError && failure.status === 404) return null;
        throw failure;
      }
    },
  });
}

export function offerTo(id: string, collaborator: string) {
  return unwrap(api.POST(TRANSFER, { ...at(id), body: { collaborator_id: collaborator } }));
}

export function takeBackOffer(id: string) {
  return unwrap(api.DELETE(TRANSFER, at(id)));
}

/** The workflows that are offered to whoever is signed in. */
export function useOffers() {
  return useQuery({
    queryKey: ["transfers", "mine"],
    queryFn: async () => (await unwrap(api.GET("/api/orchestrator/transfers/"))).results,
    staleTime: 30_000,
  });
}

const offer = (id: string) => ({ params: { path: { offer_id: id } } });

/** Accepts what was shown; refused with `offer_changed` where the workflow is another by now. */
export function acceptOffer({ id, revision, deployed_version }: TransferOffer) {
  const body = { revision, deployed_version };
  return unwrap(api.POST("/api/orchestrator/transfers/{offer_id}/accept/", { ...offer(id), body }));
}

export function declineOffer(id: string) {
  return unwrap(api.POST("/api/orchestrator/transfers/{offer_id}/decline/", offer(id)));
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

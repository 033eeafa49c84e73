"""Collaborators and invitations over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role, in_force
from core.models import Collaborator, User
from core.web.views import ActorView, base_url
from orchestrator import selectors
from orchestrator.models import Workflow
from orchestrator.sharing import collaborators, invitations
from orchestrator.sharing import serializers as forms


def shown(workflow: Workflow, rows: Sequence[Collaborator]) -> list[dict[str, Any]]:
    """Return collaborators; of who has not accepted nothing but what the owner wrote himself."""
    editors = {row.pk for row in rows if in_force(row.role) is Role.EDITOR}
    warnings = collaborators.warnings_of(workflow) if editors else []
    accepted = {row.user_id for row in rows if row.accepted_at is not None and row.user_id is not None}
    names = dict(User.objects.filter(pk__in=accepted).values_list("pk", "name")) if accepted else {}
    return [
        {
            "id": row.pk,
            "user_id": row.user_id if row.accepted_at is not None else None,
            "email": row.email,
            "name": names.get(row.user_id, "") if row.user_id is not None else "",
            "role": in_force(row.role),
            "status": "pending" if row.accepted_at is None else "accepted",
            "invited_by_id": row.invited_by_id,
            "created_at": row.created_at,
            "accepted_at": row.accepted_at,
            "warnings": warnings if row.pk in editors else [],
        }
        for row in rows
    ]


def shown_one(workflow: Workflow, row: Collaborator) -> dict[str, Any]:
    return dict(forms.CollaboratorOutput(shown(workflow, [row])[0]).data)


class CollaboratorsView(ActorView):
    limit_scope = "workflows"
    limits_reads = False
    serializer_class = forms.CollaboratorOutput
    filter_backends = []

    @extend_schema(responses=forms.CollaboratorOutput(many=True))
    def get(self, request: Request, workflow_id: UUID) -> Response:
        """List who has a role on a workflow or is invited, the owner left out."""
        workflow = selectors.workflow_for(self.actor, workflow_id)
        page = self.paginate_queryset(collaborators.collaborators_of(workflow)) or []
        return self.get_paginated_response(forms.CollaboratorOutput(shown(workflow, page), many=True).data)

    @extend_schema(request=forms.InviteInput, responses={201: forms.CollaboratorOutput, 200: forms.CollaboratorOutput})
    def post(self, request: Request, workflow_id: UUID) -> Response:
        """Invite somebody by e-mail address; an open invitation takes the new role, and after an hour a new mail."""
        workflow = selectors.workflow_for(self.actor, workflow_id)
        given = self.body(forms.InviteInput)
        row, is_new = collaborators.invite(
            actor=self.actor, workflow_id=workflow_id, email=given["email"], role=Role(given["role"]),
            page_url=f"{base_url(request)}/app/invitations", now=timezone.now(),
        )  # fmt: skip
        return Response(shown_one(workflow, row), status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class CollaboratorView(ActorView):
    limit_scope = "workflows"

    @extend_schema(request=forms.RoleInput, responses=forms.CollaboratorOutput)
    def patch(self, request: Request, workflow_id: UUID, collaborator_id: UUID) -> Response:
        """Give a collaborator another role, at once."""
        workflow = selectors.workflow_for(self.actor, workflow_id)
        role = Role(self.body(forms.RoleInput)["role"])
        row = collaborators.change_role(
            actor=self.actor, workflow_id=workflow_id, collaborator_id=collaborator_id, role=role, now=timezone.now()
        )
        return Response(shown_one(workflow, row))

    @extend_schema(responses={204: OpenApiResponse(description="Has no role any more")})
    def delete(self, request: Request, workflow_id: UUID, collaborator_id: UUID) -> Response:
        """Take a role or an invitation away, at once. Collaborators may give up their own."""
        collaborators.remove(
            actor=self.actor, workflow_id=workflow_id, collaborator_id=collaborator_id, now=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class LeaveView(ActorView):
    @extend_schema(request=None, responses={204: OpenApiResponse(description="Left")})
    def post(self, request: Request, workflow_id: UUID) -> Response:
        """Give up one's own role on a workflow."""
        collaborators.leave(actor=self.actor, workflow_id=workflow_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationsView(ActorView):
    serializer_class = forms.InvitationOutput
    filter_backends = []

    @extend_schema(responses=forms.InvitationOutput(many=True))
    def get(self, request: Request) -> Response:
        """List the open invitations of the caller."""
        page = list(self.paginate_queryset(invitations.invitations_of(self.actor)) or ())
        return self.get_paginated_response(forms.InvitationOutput(invitations.shown(page), many=True).data)


class InvitationLinkView(ActorView):
    limit_scope = "auth"

    @extend_schema(request=forms.LinkInput, responses=forms.InvitationOutput)
    def post(self, request: Request) -> Response:
        """Return the invitation of a mail's link, which shows that the address is the caller's."""
        row = invitations.open_by_link(actor=self.actor, token=self.body(forms.LinkInput)["token"], now=timezone.now())
        return Response(forms.InvitationOutput(invitations.shown([row]), many=True).data[0])


class InvitationAcceptView(ActorView):
    @extend_schema(request=None, responses=forms.AcceptedOutput)
    def post(self, request: Request, invitation_id: UUID) -> Response:
        workflow_id = invitations.accept(actor=self.actor, invitation_id=invitation_id, now=timezone.now())
        return Response({"workflow_id": str(workflow_id)})


class InvitationDeclineView(ActorView):
    @extend_schema(request=None, responses={204: OpenApiResponse(description="Declined")})
    def post(self, request: Request, invitation_id: UUID) -> Response:
        invitations.decline(actor=self.actor, invitation_id=invitation_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

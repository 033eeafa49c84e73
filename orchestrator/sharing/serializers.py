"""Wire forms of collaborators and invitations."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.access.roles import GRANTED
from core.web.shapes import shape, text
from orchestrator import shapes

ROLE_CHOICES = [role.value for role in GRANTED]


class InviteInput(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=ROLE_CHOICES, default="viewer")


class RoleInput(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=ROLE_CHOICES)


class TransferInput(serializers.Serializer[Any]):
    collaborator_id = serializers.UUIDField()


class TransferAcceptInput(serializers.Serializer[Any]):
    """Which state of the workflow its heir looked at; what is left out is as it was offered."""

    revision = serializers.IntegerField(required=False)
    deployed_version = serializers.IntegerField(required=False, allow_null=True)


class LinkInput(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200)


CollaboratorWarning = shape(
    "CollaboratorWarning",
    code=text(),
    message=text(),
    credential_ids=serializers.ListField(child=serializers.UUIDField()),
)


class CollaboratorOutput(serializers.Serializer[Any]):
    """Somebody with a role; who is invited and has not accepted is known by his address alone.

    `warnings` say what the owner should know of an editor: `unbound_credentials`, those that may go to any host.
    """

    id = serializers.UUIDField()
    user_id = serializers.UUIDField(allow_null=True)
    email = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLE_CHOICES)
    status = serializers.ChoiceField(choices=["pending", "accepted"])
    invited_by_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    warnings = CollaboratorWarning(many=True)


SharedWorkflow = shape(
    "SharedWorkflow", id=serializers.UUIDField(), name=text(), description=text(), icon=text(), color=text()
)


class InvitationOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=ROLE_CHOICES)
    workflow = SharedWorkflow()
    invited_by = shapes.Person(allow_null=True)
    created_at = serializers.DateTimeField()


TransferProblem = shape("TransferProblem", code=text(), message=text())


class TransferOfferOutput(serializers.Serializer[Any]):
    """A workflow that is offered to a collaborator.

    `problems`: with `name_taken` it cannot be accepted, `missing_credentials` says what will fail. `revision` and
    `deployed_version` are those of the workflow now: who accepts what he looked at sends them along.
    """

    id = serializers.UUIDField()
    workflow = SharedWorkflow()
    is_deployed = serializers.BooleanField()
    revision = serializers.IntegerField()
    deployed_version = serializers.IntegerField(allow_null=True)
    offered_by = shapes.Person(allow_null=True)
    offered_to = shapes.Person(allow_null=True)
    problems = TransferProblem(many=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class AcceptedOutput(serializers.Serializer[Any]):
    workflow_id = serializers.UUIDField()

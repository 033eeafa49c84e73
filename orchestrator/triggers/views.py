"""Triggers of a workflow over HTTP: which there are, trying one out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from compiler.definition import NodeSpec, read
from core.access.roles import Role
from core.errors import Missing, Upstream
from core.values.times import wire_time_or_none
from core.web.views import ActorView, base_url
from nodes.base import Armed, NodeFailed
from nodes.calling import Door
from nodes.registry import armed_as
from orchestrator import selectors
from orchestrator.models import Listener, Registration, Workflow
from orchestrator.triggers import listening, polls, pushes, registering, webhooks
from orchestrator.triggers import serializers as forms
from orchestrator.triggers.deployment import Standing


def triggers_of(workflow: Workflow, request: Request) -> list[dict[str, Any]]:
    """Return the triggers of the working copy, and which of them are in service."""
    standing, served = registering.standing(workflow), _served(workflow)
    found: list[dict[str, Any]] = []
    for node in read(selectors.document_of(workflow)).nodes:
        armed = armed_as(node.type)
        if armed is None:
            continue
        there = standing.get(armed, {}).get(node.id)
        door = _door(node) if armed == "webhook" else None
        found.append(
            {
                "node_id": node.id,
                "kind": node.type,
                "armed": armed,
                "active": _is_active(armed, there) if armed in ("webhook", "push") else node.id in served,
                "changed": node.id in served and _settings(node) != _settings(served[node.id]),
                "removed": False,
                "methods": list(door.methods) if door else [],
                "url": webhook_url(request, workflow, door.path) if door else None,
                "test_url": webhook_url(request, workflow, door.path, test=True) if door else None,
                "schedule_id": there.schedule_id if there else None,
                "next_run_at": wire_time_or_none(there.next_at if there else None),
                "error": there.error if there else None,
                "registration": there.registration if there else None,
                "removals": list(there.removals) if there else [],
            }
        )
    return found + _removals_of_others(standing.get("push", {}), {one["node_id"] for one in found})


def _is_active(armed: Armed, there: Standing | None) -> bool:
    if there is None:
        return False
    return armed == "webhook" or (there.registration is not None and there.registration["registered_at"] is not None)


def _removals_of_others(standing: Mapping[str, Standing], shown: Collection[str]) -> list[dict[str, Any]]:
    """Return triggers that are no part of the working copy, and not gone from the other service yet."""
    return [
        {
            "node_id": node_id, "kind": there.kind, "armed": "push",
            "active": there.registration is not None and there.registration["registered_at"] is not None,
            "changed": there.registration is not None, "removed": True, "methods": [], "url": None, "test_url": None,
            "schedule_id": None, "next_run_at": None, "error": there.error, "registration": there.registration,
            "removals": list(there.removals),
        }
        for node_id, there in standing.items() if node_id not in shown
    ]  # fmt: skip


def _door(node: NodeSpec) -> Door | None:
    node_type = webhooks.type_of(node.type)
    return webhooks.door_of(node_type, node.data.params) if node_type is not None else None


def _served(workflow: Workflow) -> dict[str, NodeSpec]:
    """Return the nodes of the version in service by id."""
    if workflow.deployed_version is None:
        return {}
    return {node.id: node for node in selectors.definition_for(workflow, "deployed")[0].nodes}


def _settings(node: NodeSpec) -> tuple[Any, ...]:
    """Return what a trigger works by; its label and place are not of it."""
    return (node.type, node.data.version, node.data.params, node.data.credentials, node.data.settings)


def webhook_url(request: Request, workflow: Workflow, path: str, *, test: bool = False) -> str:
    base = settings.HOOKS_URL or base_url(request)
    return f"{base}/api/webhooks{'-test' if test else ''}/{workflow.owner_id}/{quote(path, safe='/:')}"


class TriggersView(ActorView):
    @extend_schema(responses=forms.TriggersOutput)
    def get(self, request: Request, workflow_id: UUID) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        return Response({"results": triggers_of(workflow, request)})


class ListenView(ActorView):
    key_scope = {"post": "run"}

    def _shown(self, listener: Listener, status_code: int) -> Response:
        waits = listener.execution_id is None and listener.expires_at > timezone.now()
        body = {
            "listening": waits,
            "test_url": webhook_url(self.request, listener.workflow, listener.pattern, test=True),
            "expires_at": listener.expires_at,
            "execution_id": listener.execution_id,
            "registration": pushes.shown(row) if (row := pushes.listening(listener)) is not None else None,
        }
        return Response(forms.ListenOutput(body).data, status=status_code)

    @extend_schema(request=None, responses={202: forms.ListenOutput})
    def post(self, request: Request, workflow_id: UUID, node_id: str) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.RUNNER)
        definition = read(selectors.document_of(workflow))
        listener = listening.listen(workflow=workflow, definition=definition, node_id=node_id, now=timezone.now())
        return self._shown(listener, status.HTTP_202_ACCEPTED)

    @extend_schema(responses=forms.ListenOutput)
    def get(self, request: Request, workflow_id: UUID, node_id: str) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        listener = Listener.objects.filter(workflow=workflow, node_id=node_id).first()
        if listener is None:
            raise listening.WebhookNotListening("Nobody listens here; press Listen first")
        return self._shown(listener, status.HTTP_200_OK)


class TryTriggerView(ActorView):
    key_scope = "run"

    @extend_schema(request=None, responses=forms.TriggerSampleOutput)
    def post(self, request: Request, workflow_id: UUID, node_id: str) -> Response:
        """Look once at what a polling trigger of the working copy watches; nothing is started."""
        try:
            found = polls.try_out(actor=self.actor, workflow_id=workflow_id, node_id=node_id, now=timezone.now())
        except NodeFailed as exc:
            raise Upstream(exc.message, reason=exc.node_code) from exc
        return Response({"items": [_as_item(item) for item in found]})


def _as_item(found: dict[str, Any]) -> dict[str, Any]:
    return {"json": {name: value for name, value in found.items() if name != "$binary"}}


class RegistrationView(ActorView):
    """What a person can want of a trigger's registration with another service."""

    def registration(self, workflow_id: UUID, node_id: str, needs: Role) -> Registration:
        """Return the registration of a trigger, locked; else that of an earlier one. Raises: Missing, RoleRequired."""
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=needs)
        rows = Registration.objects.select_for_update().filter(workflow=workflow, node_id=node_id, is_test=False)
        found = sorted(rows, key=lambda row: (row.state != Registration.State.REMOVING, row.created_at))
        if not found:
            raise Missing("This trigger is registered nowhere")
        return found[-1]


class RetryRegistrationView(RegistrationView):
    @extend_schema(request=None, responses={202: forms.RegistrationOutput})
    @transaction.atomic
    def post(self, request: Request, workflow_id: UUID, node_id: str) -> Response:
        """Try now what is to be tried later; a trigger in service is registered anew."""
        row = self.registration(workflow_id, node_id, Role.EDITOR)
        pushes.again(row, timezone.now())
        return Response(forms.RegistrationOutput(pushes.shown(row)).data, status=status.HTTP_202_ACCEPTED)


class RotateSecretView(RegistrationView):
    @extend_schema(request=None, responses={202: forms.RegistrationOutput})
    @transaction.atomic
    def post(self, request: Request, workflow_id: UUID, node_id: str) -> Response:
        """Agree with the other service on a new secret; the old one is taken until ten minutes after."""
        row = self.registration(workflow_id, node_id, Role.OWNER)
        if row.state == Registration.State.REMOVING:
            raise Missing("This trigger is registered nowhere")
        pushes.rotate(row, timezone.now())
        return Response(forms.RegistrationOutput(pushes.shown(row)).data, status=status.HTTP_202_ACCEPTED)


class RemovalView(ActorView):
    @extend_schema(responses={204: OpenApiResponse(description="Forgotten")})
    @transaction.atomic
    def delete(self, request: Request, workflow_id: UUID, node_id: str, registration_id: UUID) -> Response:
        """Forget a registration that cannot be taken away: what is left at the other service calls in vain."""
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.EDITOR)
        rows = Registration.objects.select_for_update().filter(workflow=workflow, node_id=node_id, pk=registration_id)
        row = rows.filter(state=Registration.State.REMOVING).first()
        if row is None:
            raise Missing("There is no such removal")
        pushes.forget(row)
        return Response(status=status.HTTP_204_NO_CONTENT)

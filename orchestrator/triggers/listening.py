"""Listening to the working copy: a test URL takes one call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from compiler.definition import Definition, NodeSpec
from core.errors import Missing
from nodes.calling import CalledType
from nodes.pushing import PushType
from orchestrator.models import Listener, Workflow
from orchestrator.starting.call import Call
from orchestrator.triggers import pushes
from orchestrator.triggers.webhooks import door_of, matched, params_of, pattern_of, type_of

LISTEN_S = 120


class WebhookNotListening(Missing):
    code = "webhook_not_listening"


@transaction.atomic
def listen(*, workflow: Workflow, definition: Definition, node_id: str, now: datetime) -> Listener:
    """Let the test URL of a node take one call; two who listen at once listen to the same. Raises: Missing."""
    Workflow.objects.select_for_update().only("pk").get(pk=workflow.pk)  # one after another, as deploys are
    node, node_type = _called_node(definition, node_id)
    until = now + timedelta(seconds=LISTEN_S)
    if isinstance(node_type, PushType):
        params_of(node_type, node.data.params)
        row = pushes.listen(workflow, node, node_type, now, until)
        pattern = pushes.path_of(row)
    else:
        pattern = pattern_of(door_of(node_type, node.data.params).path)
    listener, _ = Listener.objects.update_or_create(
        workflow=workflow,
        node_id=node_id,
        defaults={
            "owner_id": workflow.owner_id,
            "pattern": pattern,
            "expires_at": until,
            "execution_id": None,
        },
    )
    return listener


def _called_node(definition: Definition, node_id: str) -> tuple[NodeSpec, CalledType[Any]]:
    node = next((node for node in definition.nodes if node.id == node_id), None)
    node_type = type_of(node.type) if node is not None and not node.data.settings.get("disabled") else None
    if node is None or node_type is None:
        raise Missing("There is no such webhook trigger")
    return node, node_type


def find_listener(*, owner_id: UUID, path: str, now: datetime) -> Listener:
    """Return the listener of a test URL. Raises: WebhookNotListening."""
    path = path.strip("/")
    rows = Listener.objects.select_related("workflow").filter(owner_id=owner_id, execution_id=None, expires_at__gt=now)
    for row in rows.filter(workflow__is_deleted=False).order_by("-expires_at"):
        if matched(row.pattern, path) is not None:
            return row
    raise WebhookNotListening("Nobody listens here; press Listen first")


def test_call(listener: Listener, definition: Definition, path: str) -> Call:
    node, node_type = _called_node(definition, listener.node_id)
    params = params_of(node_type, node.data.params)
    door = node_type.door(params)
    return Call(
        listener.workflow_id,
        listener.owner_id,
        node.id,
        node_type,
        params,
        door,
        node.data.credentials.get(node_type.secret_slot(params)) or "",
        matched(door.path, path.strip("/")) or {},
        listener,
        registration_id=pushes.id_in(listener.pattern) if isinstance(node_type, PushType) else None,
    )

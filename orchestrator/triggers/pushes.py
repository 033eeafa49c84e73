"""Triggers that other services call: what a deploy wants of them is written here, and done by `registrations`.

registering ─▶ active ─▶ removing ─▶ gone; what fails is `failed`, or goes on removing, until its next try.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from compiler.definition import NodeSpec
from compiler.graph import Node
from core.outbox import queue
from core.values.times import wire_time
from credentials import kept
from nodes.pushing import PushType
from nodes.registry import builtin_catalogue
from orchestrator.models import Listener, Registration, Webhook, Workflow
from orchestrator.triggers import webhooks
from orchestrator.triggers.deployment import Deployment, Standing

ROW = "registration"
PREFIX = "hooks/"
MOST_SECRETS = 5  # at a time: which of them the other service knows is not known until it answers
State = Registration.State


def type_of(kind: str) -> PushType[Any] | None:
    """Return a trigger type that registers itself; None where this installation has none of the kind."""
    found = builtin_catalogue().newest(kind)
    return found if isinstance(found, PushType) else None


def path_of(registration: Registration) -> str:
    return f"{PREFIX}{registration.pk}"


def url_of(registration: Registration) -> str:
    """Return what the other service is to call."""
    base = settings.HOOKS_URL or settings.PUBLIC_URL or "http://127.0.0.1:8000"
    test = "-test" if registration.is_test else ""
    return f"{base}/api/webhooks{test}/{registration.owner_id}/{path_of(registration)}"


# -- what is wanted ----------------------------------------------------------------------------------------------------
def register(deployed: Deployment) -> None:
    """Want the push triggers of a definition, and none of the old ones that are not among them."""
    workflow = deployed.workflow
    nodes = [(node, node.type) for node in deployed.triggers("push") if isinstance(node.type, PushType)]
    Webhook.objects.filter(workflow=workflow, registration__isnull=False).delete()
    there = list(Registration.objects.select_for_update().filter(workflow=workflow, is_test=False).order_by("pk"))
    wanted = {node.id: _as_wanted(workflow, node, node_type, node.params) for node, node_type in nodes}
    for row in there:
        if row.state != State.REMOVING and not _is_same(row, wanted.get(row.node_id)):
            remove(row, deployed.now)
    for node, _ in nodes:
        row = next((row for row in there if _is_same(row, wanted[node.id])), wanted[node.id])
        want(row, node.params, deployed.now)
        webhooks.put(deployed, node, path=path_of(row), registration=row)


def _as_wanted(
    workflow: Workflow, node: Node | NodeSpec, node_type: PushType[Any], params: Mapping[str, Any]
) -> Registration:
    """Return a registration of a node that is not stored yet."""
    given = node.credentials if isinstance(node, Node) else node.data.credentials
    slots = {slot: value for slot, value in given.items() if value}
    where = {**node_type.identity(node_type.Params.model_validate(params)), "slots": slots}
    return Registration(
        workflow=workflow, owner_id=workflow.owner_id, node_id=node.id, kind=node_type.kind, credentials=slots,
        credential_ids=list(slots.values()), identity=where,
    )  # fmt: skip


def _is_same(row: Registration, other: Registration | None) -> bool:
    """Tell whether both are in one place, of one account: then one is the other, changed."""
    return other is not None and (row.owner_id, row.node_id, row.kind, row.identity) == (
        other.owner_id, other.node_id, other.kind, other.identity,
    )  # fmt: skip


def want(row: Registration, params: Mapping[str, Any], now: datetime) -> None:
    """Want a registration to be there, with params; what is there already is looked at again."""
    if row._state.adding:
        row.secrets = [{"id": str(kept.make(row.owner_id)), "until": None}]
    else:
        row.generation += 1
    row.params, row.state = dict(params), State.REGISTERING
    _at_once(row, now)


def remove(row: Registration, now: datetime) -> None:
    """Want a registration to be gone."""
    row.generation += 1
    row.state, row.expires_at = State.REMOVING, None
    _at_once(row, now)


def again(row: Registration, now: datetime) -> None:
    """Look at a registration now, whatever its next try."""
    if row.state in (State.ACTIVE, State.FAILED):
        row.state = State.REGISTERING
    row.generation += 1
    _at_once(row, now)


def _at_once(row: Registration, now: datetime) -> None:
    row.failures, row.last_error, row.next_try_at = 0, None, now
    row.save()
    plan(row)


def plan(row: Registration) -> None:
    """Ask for a registration to be worked on, in the transaction that changes what is wanted."""
    payload, key = {"registration_id": str(row.pk)}, f"{ROW}:{row.pk}"
    queue.add(ROW, owner_id=row.owner_id, payload=payload, key=key)


def unregister(workflow: Workflow) -> None:
    """Want none of a workflow's registrations any more."""
    Webhook.objects.filter(workflow=workflow, registration__isnull=False).delete()
    now = timezone.now()
    for row in Registration.objects.select_for_update().filter(workflow=workflow).exclude(state=State.REMOVING):
        remove(row, now)


def forget(row: Registration) -> None:
    """Remove a registration without telling the other service."""
    kept.forget([UUID(one["id"]) for one in row.secrets])
    row.delete()


def rotate(row: Registration, now: datetime) -> None:
    """Agree on another secret; calls that are signed with the old one are taken until the new one is known there."""
    row.secrets = [{"id": str(kept.make(row.owner_id)), "until": None}, *row.secrets]
    kept.forget([UUID(one["id"]) for one in row.secrets[MOST_SECRETS:]])
    row.secrets = row.secrets[:MOST_SECRETS]
    again(row, now)


@transaction.atomic
def credential_changed(credential_id: UUID, now: datetime) -> None:
    """Register again what a credential is used for: another token may do what the old one could not."""
    rows = Registration.objects.select_for_update().filter(credential_ids__contains=[str(credential_id)])
    for row in rows.order_by("pk"):
        again(row, now)


# -- listening to the working copy -------------------------------------------------------------------------------------
def listen(
    workflow: Workflow, node: NodeSpec, node_type: PushType[Any], now: datetime, until: datetime
) -> Registration:
    """Want a registration of the working copy's node for a while."""
    wanted = _as_wanted(workflow, node, node_type, node.data.params)
    wanted.is_test = True
    rows = Registration.objects.select_for_update().filter(workflow=workflow, node_id=node.id, is_test=True)
    there = list(rows.exclude(state=State.REMOVING))
    for row in there:
        if not _is_same(row, wanted):
            remove(row, now)
    row = next((row for row in there if _is_same(row, wanted)), wanted)
    row.expires_at = until
    want(row, node.data.params, now)
    return row


def listening(listener: Listener) -> Registration | None:
    """Return the registration of a test URL, where it has one."""
    registration_id = id_in(listener.pattern)
    return Registration.objects.filter(pk=registration_id, is_test=True).first() if registration_id else None


@transaction.atomic
def end_test(registration_id: UUID, now: datetime) -> None:
    """Take a registration of a working copy away: its call has come."""
    rows = Registration.objects.select_for_update().filter(pk=registration_id, is_test=True)
    row = rows.exclude(state=State.REMOVING).first()
    if row is not None:
        remove(row, now)


# -- calls -------------------------------------------------------------------------------------------------------------
def id_in(path: str) -> UUID | None:
    """Return the registration that a path names."""
    try:
        return UUID(path.strip("/").removeprefix(PREFIX)) if path.strip("/").startswith(PREFIX) else None
    except ValueError:
        return None


def secrets_of(registration_id: UUID, now: datetime) -> list[str]:
    """Return what calls may be signed with, the newest first."""
    row = Registration.objects.filter(pk=registration_id).values_list("secrets", flat=True).first() or []
    return kept.opened([UUID(one["id"]) for one in row if one["until"] is None or one["until"] > wire_time(now)])


# -- what is shown -----------------------------------------------------------------------------------------------------
def standing(workflow: Workflow) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    for row in workflow.registrations.filter(is_test=False).order_by("created_at"):
        before = found.get(row.node_id, Standing(kind=row.kind))
        if row.state == State.REMOVING:
            found[row.node_id] = Standing(
                kind=before.kind, error=before.error, registration=before.registration,
                removals=(*before.removals, shown(row)),
            )  # fmt: skip
        else:
            error = (row.last_error or {}).get("message")
            found[row.node_id] = Standing(
                kind=row.kind, error=error, registration=shown(row), removals=before.removals, next_at=None
            )
    return found


def shown(row: Registration) -> dict[str, Any]:
    """Return how a registration is doing."""
    return {
        "id": row.pk, "state": row.state, "error": row.last_error, "failures": row.failures,
        "next_try_at": row.next_try_at if row.last_error else None, "registered_at": row.registered_at,
    }  # fmt: skip

"""Webhook triggers: registered on deploy, found by owner and path, checked, and turned into runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from pydantic import ValidationError

from compiler.graph import Node
from core.errors import Conflict, Missing, Unprocessable
from core.forms.fields import in_written_order
from core.json import loads_own
from nodes.base import NodeParams
from nodes.calling import CalledType, Door, PageType
from nodes.registry import builtin_catalogue
from orchestrator.models import Webhook, Workflow
from orchestrator.starting.call import Call
from orchestrator.triggers.deployment import Deployment, Standing


class WebhookPathTaken(Conflict):
    code = "webhook_path_taken"


class WebhookNotRegistered(Missing):
    code = "webhook_not_registered"


class FormUnusable(Unprocessable):
    """A form that an earlier release took, and this one does not."""

    code = "form_unusable"


class TriggerUnusable(Unprocessable):
    """Another trigger of which that is true."""

    code = "trigger_unusable"


def type_of(kind: str) -> CalledType[Any] | None:
    """Return a trigger type that is called; None where this installation has none of the kind."""
    found = builtin_catalogue().newest(kind)
    return found if isinstance(found, CalledType) else None


def params_of(node_type: CalledType[Any], raw: Mapping[str, Any]) -> NodeParams:
    """Return the params of a trigger. Raises: FormUnusable, TriggerUnusable."""
    try:
        return node_type.Params.model_validate(raw)
    except ValidationError as exc:
        name = node_type.look.label.lower()
        unusable = FormUnusable if isinstance(node_type, PageType) else TriggerUnusable
        raise unusable(f"This {name} cannot be used: {exc.errors()[0]['msg']}"[:500]) from exc


def door_of(node_type: CalledType[Any], raw: Mapping[str, Any]) -> Door:
    """Return where a trigger of a working copy is to be called, whatever else is wrong with it."""
    try:
        return node_type.door(node_type.Params.model_validate(raw))
    except ValidationError:
        return Door(str(raw.get("path") or "").strip("/"), _methods_of(node_type, raw))


def _methods_of(node_type: CalledType[Any], raw: Mapping[str, Any]) -> Any:
    given = raw.get("methods")
    is_list = isinstance(given, list) and given and all(isinstance(one, str) for one in given)
    return given if is_list else node_type.methods


def pattern_of(path: str) -> str:
    """Return a path with each `:name` as `:`, so that two that mean the same URLs are equal."""
    return "/".join(":" if step.startswith(":") else step for step in path.strip("/").split("/"))


def register(deployed: Deployment) -> None:
    """Put the webhook triggers of a definition in place of the old ones. Raises: WebhookPathTaken."""
    Webhook.objects.filter(workflow=deployed.workflow, registration=None).delete()
    for node in deployed.triggers("webhook"):
        if isinstance(node.type, CalledType):
            params = params_of(node.type, node.params)
            credential_id = node.credentials.get(node.type.secret_slot(params)) or ""
            put(deployed, node, path=node.type.door(params).path, credential_id=credential_id)


def put(deployed: Deployment, node: Node, *, path: str, **more: Any) -> None:
    """Let a trigger be called at a path. Raises: WebhookPathTaken."""
    workflow, pattern = deployed.workflow, pattern_of(path)
    params = {name: in_written_order(value) for name, value in node.params.items()}
    try:
        with transaction.atomic():
            Webhook.objects.create(
                workflow=workflow, owner_id=workflow.owner_id, node_id=node.id, kind=node.kind, path=path,
                pattern=pattern, is_pattern=":" in pattern, params=params, total=deployed.totals[node.id],
                calls=list(deployed.calls), **more,
            )  # fmt: skip
    except IntegrityError as exc:
        other = Webhook.objects.filter(owner_id=workflow.owner_id, pattern=pattern).first()
        raise WebhookPathTaken(
            f"Another workflow listens at {path!r}", workflow_id=str(other.workflow_id) if other else None
        ) from exc


def unregister(workflow: Workflow) -> None:
    Webhook.objects.filter(workflow=workflow, registration=None).delete()


def standing(workflow: Workflow) -> dict[str, Standing]:
    rows = workflow.webhooks.filter(registration=None)
    return {node_id: Standing() for node_id in rows.values_list("node_id", flat=True)}


# One round trip for each call that comes in, without building models: this is the hottest read of the web process.
FIND = """
SELECT h.path, h.node_id, h.kind, h.params, h.credential_id, h.total, h.calls, h.registration_id,
       w.settings, w.id, w.name, w.deployed_version, w.deployed_hash, w.layout_hash
FROM orchestrator_webhook h JOIN orchestrator_workflow w ON w.id = h.workflow_id
WHERE h.owner_id = %s AND NOT w.is_deleted AND w.deployed_hash IS NOT NULL AND (h.pattern = %s OR h.is_pattern)
  AND NOT EXISTS (SELECT FROM core_user u WHERE u.id = h.owner_id AND NOT u.is_active)
ORDER BY h.is_pattern, h.pattern
"""


def find(*, owner_id: UUID, path: str) -> Call:
    """Return the deployed webhook of a URL: an exact path first, then patterns. Raises: WebhookNotRegistered."""
    path = path.strip("/")
    with connection.cursor() as cursor:
        cursor.execute(FIND, [owner_id, path])
        rows = cursor.fetchall()
    for (
        registered,
        node_id,
        kind,
        raw,
        credential_id,
        total,
        calls,
        registration_id,
        settings,
        workflow_id,
        name,
        version,
        *hashes,
    ) in rows:
        names = matched(registered, path)
        node_type = type_of(kind) if names is not None else None
        if names is not None and node_type is not None:
            params = params_of(node_type, loads_own(raw))
            return Call(
                workflow_id=workflow_id,
                owner_id=owner_id,
                node_id=node_id,
                type=node_type,
                params=params,
                door=node_type.door(params),
                credential_id=credential_id,
                path_params=names,
                workflow_name=name,
                version=version,
                hashes=(hashes[0], hashes[1]),
                total=total,
                calls=tuple(loads_own(calls)),
                settings=loads_own(settings),
                registration_id=registration_id,
            )
    raise WebhookNotRegistered("No active workflow listens here")


def matched(pattern: str, path: str) -> dict[str, str] | None:
    """Return what the `:names` of a pattern stand for in a path, or None where it does not fit."""
    wanted, given = pattern.strip("/").split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    names: dict[str, str] = {}
    for want, step in zip(wanted, given, strict=True):
        if want.startswith(":") and step:
            names[want[1:]] = step
        elif want != step:
            return None
    return names

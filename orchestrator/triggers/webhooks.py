"""Webhook triggers: registered on deploy, found by owner and path, checked, and turned into runs."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from pydantic import ValidationError

from compiler.definition import Definition, NodeSpec
from core.errors import Conflict, Missing, NotAuthenticated, Unprocessable
from core.json import loads_own
from core.models import User
from core.web.public_limits import WrongSecrets
from credentials import access, vault
from credentials.access import Visitor
from nodes.handlers.trigger.form_trigger import FormParams
from nodes.handlers.trigger.webhook_trigger import Method, WebhookParams
from orchestrator.models import Listener, Webhook, Workflow
from orchestrator.starting.call import Call

LISTEN_S = 120
FORM = "form_trigger"
KINDS = ("webhook_trigger", FORM)
FORM_METHODS: tuple[Method, ...] = ("GET", "HEAD", "POST")


class WebhookPathTaken(Conflict):
    code = "webhook_path_taken"


class WebhookNotRegistered(Missing):
    code = "webhook_not_registered"


class WebhookNotListening(Missing):
    code = "webhook_not_listening"


class FormUnusable(Unprocessable):
    """A form that an earlier release took, and this one does not."""

    code = "form_unusable"


def params_of(kind: str, raw: Mapping[str, Any]) -> tuple[WebhookParams, FormParams | None]:
    """Return how a trigger is called, and its form where it is one. Raises: FormUnusable."""
    if kind == FORM:
        try:
            form = FormParams.model_validate(raw)
        except ValidationError as exc:
            raise FormUnusable(f"This form cannot be used: {exc.errors()[0]['msg']}"[:500]) from exc
        return WebhookParams(path=form.path, methods=list(FORM_METHODS)), form
    return WebhookParams.model_validate(raw), None


def pattern_of(path: str) -> str:
    """Return a path with each `:name` as `:`, so that two that mean the same URLs are equal."""
    return "/".join(":" if step.startswith(":") else step for step in path.strip("/").split("/"))


def register(
    *, workflow: Workflow, definition: Definition, totals: Mapping[str, int], calls: Sequence[str] = ()
) -> None:
    """Put the webhook triggers of a definition in place of the old ones. Raises: WebhookPathTaken."""
    Webhook.objects.filter(workflow=workflow).delete()
    for node in webhook_nodes(definition):
        params, _ = params_of(node.type, node.data.params)
        pattern = pattern_of(params.path)
        try:
            with transaction.atomic():
                Webhook.objects.create(
                    workflow=workflow,
                    owner_id=workflow.owner_id,
                    node_id=node.id,
                    kind=node.type,
                    path=params.path,
                    pattern=pattern,
                    is_pattern=":" in pattern,
                    params=node.data.params,
                    credential_id=node.data.credentials.get("auth") or "",
                    total=totals[node.id],
                    calls=list(calls),
                )
        except IntegrityError as exc:
            other = Webhook.objects.filter(owner_id=workflow.owner_id, pattern=pattern).first()
            raise WebhookPathTaken(
                f"Another workflow listens at {params.path!r}", workflow_id=str(other.workflow_id) if other else None
            ) from exc


def unregister(workflow: Workflow) -> None:
    Webhook.objects.filter(workflow=workflow).delete()


def webhook_nodes(definition: Definition) -> list[NodeSpec]:
    enabled = (node for node in definition.nodes if not node.data.settings.get("disabled"))
    return [node for node in enabled if node.type in KINDS]


# One round trip for each call that comes in, without building models: this is the hottest read of the web process.
FIND = """
SELECT h.path, h.node_id, h.kind, h.params, h.credential_id, h.total, h.calls, w.settings,
       w.id, w.name, w.deployed_version, w.deployed_hash, w.layout_hash
FROM orchestrator_webhook h JOIN orchestrator_workflow w ON w.id = h.workflow_id
WHERE h.owner_id = %s AND NOT w.is_deleted AND w.deployed_hash IS NOT NULL AND (h.pattern = %s OR h.is_pattern)
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
        settings,
        workflow_id,
        name,
        version,
        *hashes,
    ) in rows:
        names = matched(registered, path)
        if names is not None:
            params, form = params_of(kind, loads_own(raw))
            return Call(
                workflow_id=workflow_id,
                owner_id=owner_id,
                node_id=node_id,
                params=params,
                form=form,
                credential_id=credential_id,
                path_params=names,
                workflow_name=name,
                version=version,
                hashes=(hashes[0], hashes[1]),
                total=total,
                calls=tuple(loads_own(calls)),
                settings=loads_own(settings),
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


def listen(*, workflow: Workflow, definition: Definition, node_id: str, now: datetime) -> Listener:
    """Let the test URL of a node take one call. Raises: Missing."""
    node = _webhook_node(definition, node_id)
    listener, _ = Listener.objects.update_or_create(
        workflow=workflow,
        node_id=node_id,
        defaults={
            "owner_id": workflow.owner_id,
            "pattern": pattern_of(str(node.data.params.get("path", ""))),
            "expires_at": now + timedelta(seconds=LISTEN_S),
            "execution_id": None,
        },
    )
    return listener


def _webhook_node(definition: Definition, node_id: str) -> NodeSpec:
    node = next((node for node in webhook_nodes(definition) if node.id == node_id), None)
    if node is None:
        raise Missing("There is no such webhook trigger")
    return node


def find_listener(*, owner_id: UUID, path: str, now: datetime) -> Listener:
    """Return the listener of a test URL. Raises: WebhookNotListening."""
    path = path.strip("/")
    rows = Listener.objects.select_related("workflow").filter(owner_id=owner_id, execution_id=None, expires_at__gt=now)
    for row in rows.filter(workflow__is_deleted=False).order_by("-expires_at"):
        if matched(row.pattern, path) is not None:
            return row
    raise WebhookNotListening("Nobody listens here; press Listen first")


def test_call(listener: Listener, definition: Definition, path: str) -> Call:
    node = _webhook_node(definition, listener.node_id)
    params, form = params_of(node.type, node.data.params)
    return Call(
        listener.workflow_id,
        listener.owner_id,
        node.id,
        params,
        node.data.credentials.get("auth") or "",
        matched(params.path, path.strip("/")) or {},
        listener,
        form=form,
    )


def authenticate(*, call: Call, headers: Mapping[str, str], body: bytes, wrong: WrongSecrets) -> None:
    """Check what the trigger asks of a caller; a refused one costs no row. Raises: NotAuthenticated, RateLimited."""
    wanted = call.params.auth.type
    if wanted == "none":
        return
    wrong.check()
    try:
        secret = vault.look(owner_id=call.owner_id, credential_id=call.credential_id)
    except vault.CredentialMissing as exc:
        raise NotAuthenticated("The webhook's credential is not there") from exc
    if not _accepted(wanted, secret.fields, headers, body):
        wrong.note()
        raise NotAuthenticated("The webhook refuses this caller")
    access.note_use(secret.id, Visitor(call.owner_id, workflow_id=call.workflow_id))


def _accepted(wanted: str, fields: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bool:
    given = headers.get("authorization", "")
    if wanted == "basic":
        return _same(_basic(given), f"{fields.get('username', '')}:{fields.get('password', '')}")
    if wanted == "bearer":
        return _same(given, f"Bearer {fields.get('token', '')}")
    if wanted == "header":
        return _same(headers.get(fields.get("name", "").lower(), ""), fields.get("value", ""))
    signature = (
        headers.get("x-signature-256") or headers.get("x-hub-signature-256") or headers.get("x-heddle-signature") or ""
    )
    expected = hmac.new(fields.get("secret", "").encode(), body, hashlib.sha256).hexdigest()
    return _same(signature.removeprefix("sha256="), expected)


def _basic(header: str) -> str:
    try:
        return base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _same(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def owner_is_active(owner_id: UUID) -> bool:
    return User.objects.filter(pk=owner_id, is_active=True).exists()

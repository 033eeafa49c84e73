"""What changes servers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.access import reach
from core.errors import Conflict, Forbidden, Invalid
from core.models import AuditEntry, User
from core.text.scrubbing import Secrets
from credentials import selectors as credentials
from credentials.models import Credential
from mcp_integration import rules
from mcp_integration.client.listing import Listing, masked
from mcp_integration.models import SYSTEM, McpServer

MOST_SERVERS = 200  # of an account
WRITABLE = (
    "name", "transport", "command", "args", "env", "url", "headers", "credential_id", "credential_map", "enabled",
    "timeout_s",
)  # fmt: skip
REACHED_BY = frozenset(WRITABLE) - {"name", "enabled", "timeout_s"}  # a change of these makes what was found old


class NameTaken(Conflict):
    code = "name_taken"


class CredentialMissing(Invalid):
    """No such credential, or one that may not be used."""

    code = "credential_missing"


class TooManyServers(Conflict):
    code = "too_many_servers"


@transaction.atomic
def create(*, actor: User, scope: str, **fields: Any) -> McpServer:
    """Store a server. Raises: Invalid, CredentialMissing, NameTaken, TooManyServers, Forbidden."""
    if scope == SYSTEM and not actor.is_staff:
        raise Forbidden("Only staff make servers for everybody")
    if McpServer.objects.filter(reach.of_account(actor.pk)).count() >= MOST_SERVERS:
        raise TooManyServers(f"At most {MOST_SERVERS} servers belong to an account")
    server = McpServer(owner_id=actor.pk, scope=scope, **_given(fields))
    rules.check(server, _credential(server))
    _save(server)
    note(actor, server, "create", {"transport": server.transport, "name": server.name})
    return server


@transaction.atomic
def update(*, actor: User, server: McpServer, fields: Mapping[str, Any]) -> McpServer:
    """Change the given fields. Raises: Invalid, CredentialMissing, NameTaken."""
    server = McpServer.objects.select_for_update().get(pk=server.pk)
    given = _given(fields)
    changed = [name for name, value in given.items() if getattr(server, name) != value]
    for name in changed:
        setattr(server, name, given[name])
    if REACHED_BY & set(changed):
        server.owner_id = actor.pk  # whoever says where a credential goes may use it himself
    rules.check(server, _credential(server))
    if REACHED_BY & set(changed):
        server.revision += 1
        server.status, server.last_error = "unknown", None
        server.tools, server.tools_count, server.tools_omitted, server.tools_cached_at = None, None, 0, None
    _save(server)
    note(actor, server, "update", {"fields": sorted(changed)})
    return server


@transaction.atomic
def delete(*, actor: User, server: McpServer) -> None:
    """Remove a server; sessions with it end when they are used next, or idle."""
    note(actor, server, "delete", {"name": server.name})
    server.delete()


def found(*, server: McpServer, listing: Listing, secrets: Secrets, now: datetime) -> Listing:
    """Keep what a server listed, unless it was changed meanwhile; returns it as it is kept: without secrets."""
    kept = tuple(masked(tool, secrets) for tool in listing.tools)
    McpServer.objects.filter(pk=server.pk, revision=server.revision).update(
        tools=[tool.as_dict() for tool in kept], tools_count=len(kept), tools_omitted=listing.omitted,
        tools_cached_at=now, status="ok", last_error=None,
    )  # fmt: skip
    return Listing(kept, listing.omitted)


def failed(*, server: McpServer, message: str) -> None:
    """Keep why a server could not be reached, unless it was changed meanwhile."""
    McpServer.objects.filter(pk=server.pk, revision=server.revision).update(status="error", last_error=message[:1000])


def note(actor: User, server: McpServer, action: str, changes: Mapping[str, Any]) -> None:
    """Write into the audit log what somebody did to a server."""
    AuditEntry.objects.create(
        at=timezone.now(), user_id=actor.pk, owner_id=server.owner_id, action=f"mcp_server.{action}",
        object_type="mcp_server", object_id=str(server.pk), changes=dict(changes),
    )  # fmt: skip


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in WRITABLE if name in fields}


def _credential(server: McpServer) -> Credential | None:
    """Return the credential a server names. Raises: CredentialMissing."""
    if server.credential_id is None:
        return None
    named: UUID = server.credential_id
    credential = credentials.usable_by(server.owner_id).filter(pk=named).first()
    if credential is None:
        raise CredentialMissing("The credential does not exist", field="credential_id", reason="credential_missing")
    if server.credential_map.get("env") and not reach.is_of_account(server.owner_id, credential):
        message = "A credential that somebody lent cannot be put into a program's environment: it could be read there."
        raise Invalid(message, field="credential_map.env", reason="not_allowed")
    return credential


def _save(server: McpServer) -> None:
    try:
        with transaction.atomic():
            server.save()
    except IntegrityError as exc:
        raise NameTaken("You have an MCP server of this name already") from exc

"""What people ask of a server over HTTP: what it can do, whether it can be reached, one call by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils import timezone

from core.access import reach
from core.errors import Forbidden, Invalid, TimedOut, Unavailable, WorkflowError
from core.http.client import Unreachable
from core.http.oauth import OAuthNotConfigured
from core.http.once import ConnectionFailed
from core.text.scrubbing import Secrets
from credentials import access, oauth, selectors, vault
from credentials.access import Visitor
from credentials.catalogue import TYPES
from credentials.models import Credential
from credentials.vault import Secret
from mcp_integration import apart, services
from mcp_integration.client.listing import Listing, read
from mcp_integration.client.spec import McpFailed, ServerSpec, Tool
from mcp_integration.models import McpServer
from mcp_integration.resolving import Unfit, spec_of

R = TypeVar("R")
FRESH_S = 600  # a list of tools is shown again for so long
CONTENT_BYTES = 256 * 1024  # of one part of a result that a page is given


class CredentialMissing(Invalid):
    code = "credential_missing"


class CredentialInvalid(Invalid):
    code = "credential_invalid"


class ServerDisabled(Invalid):
    code = "mcp_server_disabled"


class CommandNotAllowed(Invalid):
    code = "mcp_command_not_allowed"


UNFIT: Mapping[str, type[Invalid]] = {
    kind.code: kind for kind in (CredentialMissing, CredentialInvalid, ServerDisabled, CommandNotAllowed)
}


@dataclass(frozen=True, slots=True)
class Told:
    """The tools of a server as people are shown them, and how many more it named."""

    tools: list[dict[str, Any]]
    omitted: int


def tools_of(
    *, server: McpServer, user_id: UUID, refresh: bool, check_may_run: Callable[[], None], now: datetime
) -> Told:
    """Return the tools of a server: those that were listed a while ago, unless it is to be asked again.

    To ask may start a program, so `check_may_run` raises where that is not allowed; what was listed once is shown all
    the same then. Raises: CredentialMissing, CredentialInvalid, ServerDisabled, CommandNotAllowed, ConnectionFailed,
    TimedOut, ScopeMissing.
    """
    if not refresh and is_fresh(server, now):
        return kept_by(server)
    try:
        check_may_run()
    except Forbidden:
        if refresh or not server.enabled or server.tools_cached_at is None:
            raise
        return kept_by(server)
    return ask_anew(server, user_id)


def is_fresh(server: McpServer, now: datetime) -> bool:
    """Whether the list that is kept is shown without asking."""
    listed_at = server.tools_cached_at if server.enabled else None
    return listed_at is not None and (now - listed_at).total_seconds() < FRESH_S


def kept_by(server: McpServer) -> Told:
    return Told([described(server, tool) for tool in read(server.tools or ())], server.tools_omitted)


def ask_anew(server: McpServer, user_id: UUID) -> Told:
    """Ask a server for its tools, and keep them. Raises: as `tools_of`."""
    listing, secrets = _asked(server, user_id, lambda spec: apart.list_tools(spec, owner=user_id))
    return keep(server, listing, secrets)


def keep(server: McpServer, listing: Listing, secrets: Secrets) -> Told:
    kept = services.found(server=server, listing=listing, secrets=secrets, now=timezone.now())
    return Told([described(server, tool) for tool in kept.tools], kept.omitted)


def call(*, server: McpServer, user_id: UUID, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Call a tool by hand. Raises: as `tools_of`, and ConnectionFailed for what the server refuses."""

    def called(spec: ServerSpec) -> Any:
        return apart.call_tool(spec, tool, arguments, owner=user_id)

    (outcome, duration_ms), secrets = _asked(server, user_id, called)
    content, truncated = _bounded(outcome.content)
    return {
        "content": secrets.masked(content), "structured": secrets.masked(outcome.structured),
        "is_error": outcome.is_error, "duration_ms": duration_ms, "truncated": truncated,
    }  # fmt: skip


def described(server: McpServer, tool: Tool) -> dict[str, Any]:
    return {"server_id": server.pk, "server_name": server.name, **tool.as_dict()}


def owned_secret(server: McpServer) -> tuple[Secret | None, bool]:
    """Return the credential of a server in clear, and whether it is lent, in the name of the server's owner.

    Raises: CredentialMissing, CredentialInvalid, ConnectionFailed.
    """
    if server.credential_id is None:
        return None, False
    credential = Credential.objects.filter(pk=server.credential_id).first()
    if credential is None or not selectors.may_use(credential, server.owner_id):
        raise CredentialMissing("The server's credential does not exist any more", field="credential_id")
    try:
        secret = vault.opened(credential)
        if secret.type in TYPES and TYPES[secret.type].oauth is not None:
            secret = oauth.fresh(credential, secret, timezone.now())
    except vault.CredentialMissing as exc:
        raise CredentialMissing(exc.message, field="credential_id") from exc
    except (oauth.CredentialInvalid, OAuthNotConfigured) as exc:
        raise CredentialInvalid(exc.message, field="credential_id") from exc
    except Unreachable as exc:
        raise ConnectionFailed(str(exc)) from exc
    access.note_use(credential.pk, Visitor(server.owner_id))
    return secret, not reach.is_of_account(server.owner_id, credential)


def prepared(server: McpServer) -> tuple[ServerSpec, Secrets]:
    """Return what is needed to speak to a server, and the secrets in it. Raises: as `tools_of`, but for the asking."""
    secret, is_lent = owned_secret(server)
    secrets = Secrets()
    secrets.add(secret.secrets if secret is not None else ())
    try:
        return spec_of(server, secret, is_lent=is_lent), secrets
    except Unfit as exc:
        raise UNFIT[exc.code](exc.message) from exc


def _asked(server: McpServer, user_id: UUID, ask: Callable[[ServerSpec], R]) -> tuple[R, Secrets]:
    """Ask a server; what goes wrong with the connection stands in its record then."""
    spec, secrets = prepared(server)
    try:
        return ask(spec), secrets
    except McpFailed as exc:
        raise problem_of(server, exc, secrets) from exc


def problem_of(server: McpServer, exc: McpFailed, secrets: Secrets) -> WorkflowError:
    """Return a failure as people are told it, kept in the server's record where it is the server's."""
    message = secrets.masked_text(exc.message)
    if exc.code not in ("busy", "refused"):
        services.failed(server=server, message=message)
    return _as_problem(exc.code, message)


def _as_problem(code: str, message: str) -> WorkflowError:
    if code == "busy":
        return Unavailable(message)
    if code == "timed_out":
        return TimedOut(message)
    return ConnectionFailed(message, reason=code)


def _bounded(content: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
    """Return the parts a page is given, texts and data cut, and whether anything is missing."""
    shown: list[dict[str, Any]] = []
    truncated = False
    for part in content:
        made = dict(part)
        for name in ("text", "data"):
            value = made.get(name)
            if isinstance(value, str) and len(value) > CONTENT_BYTES:
                made[name], truncated = value[:CONTENT_BYTES] if name == "text" else "", True
        shown.append(made)
    return shown, truncated

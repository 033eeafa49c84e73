"""From a stored server and its credential to what is needed to speak to it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from urllib.parse import urlencode

from django.conf import settings

from core.access import reach
from core.values.hosts import is_named
from credentials.catalogue import TYPES
from credentials.models import Credential
from credentials.placing import CredentialUnfit, hosts_of, placed
from credentials.vault import Secret
from mcp_integration import rules
from mcp_integration.client.spec import Confinement, ServerSpec
from mcp_integration.models import STDIO, McpServer


class Unfit(Exception):
    """The server cannot be used as it is recorded; `code` says whether it is for its credential."""

    def __init__(self, message: str, code: str = "credential_invalid") -> None:
        super().__init__(message)
        self.message, self.code = message, code


def spec_of(server: McpServer, secret: Secret | None, *, is_lent: bool = False) -> ServerSpec:
    """Return what is needed to speak to a server. `is_lent`: the credential is somebody else's. Raises: Unfit."""
    if not server.enabled:
        raise Unfit("The MCP server is switched off", "mcp_server_disabled")
    if server.transport != STDIO:
        url, headers = _addressed(server, secret, is_lent)
        return ServerSpec(
            server.transport, url=url, headers=headers, timeout_s=server.timeout_s,
            private_hosts=tuple(settings.HTTP_ALLOWED_PRIVATE_HOSTS),
        )  # fmt: skip
    if not rules.is_listed(server.command):
        raise Unfit("The command is not on the operator's list any more", "mcp_command_not_allowed")
    if is_lent and server.credential_map.get("env"):
        raise Unfit("A credential that somebody lent cannot be put into a program's environment")
    return ServerSpec(
        server.transport, server.command, tuple(server.args), {**server.env, **_mapped(server, "env", secret)},
        timeout_s=server.timeout_s, confinement=confinement(server.command),
    )  # fmt: skip


def confinement(command: str) -> Confinement:
    """Return how this installation starts a program."""
    return Confinement(
        os.environ.get("PATH", os.defpath), str(settings.MCP_FOLDER), str(settings.MCP_FOLDER / "accounts"),
        settings.MCP_ACCOUNTS[0], settings.MCP_ACCOUNTS[1], tuple(settings.MCP_READ), tuple(settings.MCP_PATHS),
        closed=(str(settings.DATA_DIR), str(settings.BASE_DIR), str(settings.MCP_FOLDER)),
        network="all" in settings.MCP_NETWORK or command in settings.MCP_NETWORK,
        needs_landlock=settings.MCP_NEEDS_LANDLOCK, memory_bytes=settings.MCP_MEMORY_MB * 2**20,
    )  # fmt: skip


def _addressed(server: McpServer, secret: Secret | None, is_lent: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
    headers: dict[str, str] = dict(server.headers)
    url = server.url
    if secret is None:
        return url, tuple(headers.items())
    kind = TYPES.get(secret.type)
    if kind is None:
        raise Unfit("The credential's type is not known here any more")
    hosts: Collection[str] = hosts_of(kind, secret.fields)
    if (hosts or is_lent) and not is_named(url, hosts):
        raise Unfit("The credential may not be sent to this server's address")
    mapped = _mapped(server, "headers", secret)
    if not mapped and not server.credential_map.get("env"):
        try:
            parts = placed(kind, secret.fields)
        except CredentialUnfit as exc:
            raise Unfit(f"{exc}; map its fields to headers") from exc
        mapped = dict(parts.headers)
        if parts.query:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(parts.query)}"
    if any(not value.isprintable() for value in mapped.values()):
        raise Unfit("The credential holds characters that a header cannot carry")
    lower = {name.lower() for name in mapped}
    return url, (*((name, value) for name, value in headers.items() if name.lower() not in lower), *mapped.items())


def _mapped(server: McpServer, part: str, secret: Secret | None) -> dict[str, str]:
    """Return the mapped fields of a credential in clear. Raises: Unfit."""
    wanted: Mapping[str, str] = server.credential_map.get(part, {})
    if wanted and secret is None:
        raise Unfit("The server needs a credential", "credential_missing")
    filled = {name: rules.filled(value, secret.fields if secret else {}) for name, value in wanted.items()}
    for name, value in filled.items():
        if not value or "\x00" in value:
            raise Unfit(f"The credential has nothing for {name}")
    return filled


def is_lent(server: McpServer) -> bool:
    """Whether a server's credential is somebody else's than its owner's."""
    if server.credential_id is None:
        return False
    credential = Credential.objects.filter(pk=server.credential_id).first()
    return credential is not None and not reach.is_of_account(server.owner_id, credential)

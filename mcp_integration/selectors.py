"""Which servers somebody sees: his own, and those of the system."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from core.access import reach
from core.errors import Forbidden, Missing
from core.models import User
from mcp_integration.models import SYSTEM, McpServer


class ReadOnly(Forbidden):
    """The object is everybody's to use, and staff's to change."""

    code = "read_only"


class McpServerMissing(Missing):
    """No such server, or somebody else's."""


def usable_by(user_id: UUID) -> QuerySet[McpServer]:
    """Return the servers of an account and those of the system."""
    return McpServer.objects.filter(reach.of_account(user_id) | Q(scope=SYSTEM))


def find(*, user_id: UUID, server_id: UUID | str) -> McpServer:
    """Return a server that somebody may use. Raises: McpServerMissing."""
    try:
        known = server_id if isinstance(server_id, UUID) else UUID(server_id)
    except ValueError:
        known = None
    server = usable_by(user_id).filter(pk=known).first() if known is not None else None
    if server is None:
        raise McpServerMissing("There is no such MCP server")
    return server


def changeable(*, actor: User, server_id: UUID) -> McpServer:
    """Return a server that somebody may change. Raises: McpServerMissing, ReadOnly."""
    server = find(user_id=actor.pk, server_id=server_id)
    if server.scope == SYSTEM and not actor.is_staff:
        raise ReadOnly("This server is everybody's: only staff change it")
    return server

"""MCP servers for running nodes: sessions of this process, in the name of a run's owner.

Sessions stay between calls, one for a server and an owner. A record or credential that has changed gets a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from core.clock import utc_now
from credentials.access import Visitor
from credentials.vault import Secret
from executor.node.credentials import NodeCredentials
from executor.node.providing import Caller, Provider, Services
from mcp_integration import selectors, services
from mcp_integration.client.listing import Listing, masked, read
from mcp_integration.client.pool import SessionPool
from mcp_integration.client.session import Session
from mcp_integration.client.spec import McpFailed, Outcome, ServerSpec, Tool
from mcp_integration.models import McpServer
from mcp_integration.resolving import Unfit, is_lent, spec_of
from nodes.abilities import McpOutcome, McpTool
from nodes.base import NodeFailed

SLOT = "server"


def provider(process: Services) -> Provider:
    """Return what speaks to MCP servers for nodes."""
    pool = SessionPool(most=settings.MCP_SESSIONS, most_of_owner=max(settings.MCP_SESSIONS // 2, 1))
    return Provider(lambda caller: NodeMcp(pool, caller, process), pool.close)


@dataclass(slots=True)
class NodeMcp:
    pool: SessionPool
    caller: Caller
    process: Services

    async def tools(self, server_id: str) -> Sequence[McpTool]:
        server = await self._server(server_id)
        return [_told(tool) for tool in await self._listed(server)]

    async def call(self, server_id: str, tool: str, arguments: Mapping[str, Any]) -> McpOutcome:
        server = await self._server(server_id)
        known = {one.name: one for one in await self._listed(server)}
        is_read_only = tool in known and known[tool].is_read_only

        async def called(session: Session) -> Outcome:
            self.caller.before_effect()
            return await session.call(tool, arguments)

        try:
            outcome = await self._used(server, called, may_repeat=is_read_only)
        except McpFailed as exc:
            raise self._failed(exc, may_repeat=is_read_only) from exc
        mask = self.caller.secrets.masked
        return McpOutcome([_masked(part, mask) for part in outcome.content], mask(outcome.structured), outcome.is_error)

    async def _listed(self, server: McpServer) -> Sequence[Tool]:
        if server.tools is not None:
            return [masked(tool, self.caller.secrets) for tool in read(server.tools)]
        try:
            listing: Listing = await self._used(server, lambda session: session.tools(), may_repeat=True)
        except McpFailed as exc:
            failed = self._failed(exc, may_repeat=True)
            await self.process.in_database(services.failed, server=server, message=failed.message)
            raise failed from exc
        kept: Listing = await self.process.in_database(
            services.found, server=server, listing=listing, secrets=self.caller.secrets, now=utc_now()
        )
        return kept.tools

    async def _used(self, server: McpServer, work: Any, *, may_repeat: bool) -> Any:
        return await self.pool.use(
            self.caller.owner_id, server.pk, await self._spec(server), work, may_repeat=may_repeat
        )

    async def _server(self, server_id: str) -> McpServer:
        try:
            found: McpServer = await self.process.in_database(
                selectors.find, user_id=self.caller.owner_id, server_id=server_id.strip()
            )
        except selectors.McpServerMissing as exc:
            raise NodeFailed("mcp_server_missing", exc.message) from exc
        return found

    async def _spec(self, server: McpServer) -> ServerSpec:
        """Return what is needed to speak to a server, its credential opened in the name of whoever recorded it."""
        secret, lent = None, False
        if server.credential_id is not None:
            run_id = UUID(self.caller.execution_id) if self.caller.execution_id else None
            visitor = Visitor(server.owner_id, None, self.caller.workflow_id, run_id)
            opening = NodeCredentials(
                visitor, {SLOT: str(server.credential_id)}, self.process.in_database, self.process.http,
                self.caller.secrets,
            )  # fmt: skip
            given = await opening.get(SLOT)
            if given is not None:
                secret = Secret(server.credential_id, given[0], given[1], frozenset())
            lent = await self.process.in_database(is_lent, server)
        try:
            return spec_of(server, secret, is_lent=lent)
        except Unfit as exc:
            raise NodeFailed(exc.code, exc.message) from exc

    def _failed(self, exc: McpFailed, *, may_repeat: bool) -> NodeFailed:
        """Return the failure of a call: one that the server may have got is tried again only if it changes nothing."""
        retryable = exc.code in ("connection_failed", "timed_out", "busy") and (may_repeat or not exc.was_sent)
        message = self.caller.secrets.masked_text(exc.message)
        return NodeFailed("mcp_tool_failed", message, retryable=retryable, reason=exc.code)


def _masked(part: Mapping[str, Any], mask: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a part of a result without secrets; its own names stay, whatever a secret is."""
    return {name: mask(value) for name, value in part.items()}


def _told(tool: Tool) -> McpTool:
    return McpTool(tool.name, tool.description, tool.input_schema, tool.is_read_only)

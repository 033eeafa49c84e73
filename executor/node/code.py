"""User code of a running node: run in the jail, its reply read beside the loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.json import loads_own
from core.json.weight import is_too_heavy
from executor.compute.pool import Turn
from executor.compute.stored import reply_of
from executor.node.providing import Caller, Provider, Services
from executor.sandbox.outcome import order_of
from executor.sandbox.pool import Pool, SandboxUnavailable
from nodes.abilities import CodeOutcome, CodeRequest
from nodes.base import NodeFailed
from nodes.budget import check_size


def provider(services: Services) -> Provider:
    """Return what gives nodes the process's jail."""

    sandbox = services.sandbox
    if sandbox is None:
        raise NodeFailed("code_sandbox_unavailable", "User code does not run in this process")

    def bound(caller: Caller) -> NodeCode:
        return NodeCode(sandbox, caller.computing, caller.owner_id)

    return Provider(bound)


@dataclass(slots=True)
class NodeCode:
    sandbox: Pool
    computing: Turn
    owner_id: UUID

    async def run(self, request: CodeRequest) -> CodeOutcome:
        check_size(dict(request.params), "params")
        try:
            return await self.sandbox.run(*order_of(request), self.owner_id, self._read)
        except SandboxUnavailable as exc:
            raise NodeFailed("code_sandbox_unavailable", f"User code does not run here: {exc}") from exc

    async def _read(self, raw: bytes) -> Any:
        """Read a large reply of user code in a child, from which it comes in pieces. Raises: ValueError."""
        try:
            return await self.computing.call(reply_of, (raw,), len(raw))
        except NodeFailed as exc:
            if exc.node_code != "compute_unavailable" or is_too_heavy(raw):
                raise
            return await asyncio.to_thread(loads_own, raw)

"""The sessions of one process: one for a server and an owner, kept for a while, as many as the cap lets."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from mcp_integration.client.session import Session
from mcp_integration.client.spec import McpFailed, ServerSpec

R = TypeVar("R")
IDLE_S = 300
LOOK_S = 5
RETIRING_S = 300  # what calls may take that go on over a session nobody else gets


@dataclass(slots=True)
class Kept:
    whose: Hashable
    spec: ServerSpec
    session: Session
    used_at: float = field(default_factory=time.monotonic)


class SessionPool:
    """Gives each call its session, made anew where the last one is lost, idle for too long, or of another record."""

    def __init__(self, *, most: int, most_of_owner: int, idle_s: float = IDLE_S) -> None:
        self._most = most
        self._most_of_owner = most_of_owner
        self._idle_s = idle_s
        self._kept: dict[Hashable, Kept] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def use(
        self, owner: Hashable, server: Hashable, spec: ServerSpec, work: Callable[[Session], Awaitable[R]], *,
        may_repeat: bool,
    ) -> R:  # fmt: skip
        """Do work over a session; if it is lost, again over a new one where nothing was sent or it may be repeated.

        Raises: McpFailed.
        """
        kept, is_new = self._session(owner, server, spec)
        try:
            return await self._done(kept, work)
        except McpFailed as exc:
            if not exc.is_lost or (exc.was_sent and not may_repeat) or (is_new and not exc.was_sent):
                raise
        kept, _ = self._session(owner, server, spec)
        return await self._done(kept, work)

    async def close(self) -> None:
        """End all sessions."""
        if self._looking is not None:
            self._looking.cancel()
        sessions = [kept.session for kept in self._kept.values()]
        self._kept.clear()
        await asyncio.gather(*(session.close() for session in sessions), *self._ending, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._kept)

    async def _done(self, kept: Kept, work: Callable[[Session], Awaitable[R]]) -> R:
        try:
            return await work(kept.session)
        finally:
            kept.used_at = time.monotonic()

    def _session(self, owner: Hashable, server: Hashable, spec: ServerSpec) -> tuple[Kept, bool]:
        key = (owner, server)
        kept = self._kept.get(key)
        if kept is not None and (kept.session.is_over or kept.spec != spec):
            self._end(key)
            kept = None
        if kept is not None:
            return kept, False
        self._make_room(owner)
        kept = self._kept[key] = Kept(owner, spec, Session(spec))
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="mcp idle sessions")
        return kept, True

    def _make_room(self, owner: Hashable) -> None:
        """End the session that was used least recently, of this owner where he has his share. Raises: McpFailed."""
        own = [key for key, kept in self._kept.items() if kept.whose == owner]
        crowd = own if len(own) >= self._most_of_owner else list(self._kept)
        if len(own) < self._most_of_owner and len(self._kept) < self._most:
            return
        idle = [key for key in crowd if not self._kept[key].session.calls]
        if not idle:
            raise McpFailed("All sessions with MCP servers are in use; try again", code="busy")
        self._end(min(idle, key=lambda key: self._kept[key].used_at))

    def _end(self, key: Hashable) -> None:
        """Give a session to nobody any more; it closes when the calls that go on over it are done."""
        session = self._kept.pop(key).session
        task = asyncio.create_task(_retired(session), name="mcp session ends")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _look(self) -> None:
        """End sessions that nobody has used for a while, and those that are over."""
        while self._kept:
            await asyncio.sleep(min(LOOK_S, self._idle_s))
            since = time.monotonic() - self._idle_s
            for key, kept in list(self._kept.items()):
                if kept.session.is_over or (not kept.session.calls and kept.used_at < since):
                    self._end(key)


async def _retired(session: Session) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RETIRING_S):
            await session.unused()
    await session.close()

"""The sessions of one process: one for a server and an owner, kept for a while, as many as the cap lets."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from mcp_integration.client.session import Session
from mcp_integration.client.spec import McpFailed, ServerSpec

R = TypeVar("R")
IDLE_S = 300
LOOK_S = 5
ROOM_S = 15  # what it may take until a session that makes room has ended
RETIRING_S = 300  # what calls may take that go on over a session nobody else gets


@dataclass(slots=True)
class Kept:
    whose: Hashable
    spec: ServerSpec
    session: Session
    used_at: float = field(default_factory=time.monotonic)


class SessionPool:
    """Gives each call its session, made anew where the last one is lost, idle for too long, or of another record.

    Every session counts until it has ended, also one that nobody else gets any more. One place is left for owners who
    have no session yet.
    """

    def __init__(self, *, most: int, most_of_owner: int, idle_s: float = IDLE_S) -> None:
        self._most = most
        self._most_of_owner = most_of_owner
        self._idle_s = idle_s
        self._kept: dict[Hashable, Kept] = {}
        self._ending: dict[asyncio.Task[None], Kept] = {}
        self._looking: asyncio.Task[None] | None = None

    async def use(
        self, owner: Hashable, server: Hashable, spec: ServerSpec, work: Callable[[Session], Awaitable[R]], *,
        may_repeat: bool,
    ) -> R:  # fmt: skip
        """Do work over a session; if it is lost, again over a new one where nothing was sent or it may be repeated.

        Raises: McpFailed.
        """
        kept, is_new = await self._session(owner, server, spec)
        try:
            return await self._done(kept, work)
        except McpFailed as exc:
            if not exc.is_lost or (exc.was_sent and not may_repeat) or (is_new and not exc.was_sent):
                raise
        kept, _ = await self._session(owner, server, spec)
        return await self._done(kept, work)

    async def close(self) -> None:
        """End all sessions."""
        if self._looking is not None:
            self._looking.cancel()
        sessions = [kept.session for kept in self._kept.values()]
        self._kept.clear()
        await asyncio.gather(*(session.close() for session in sessions), *self._ending, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._kept) + len(self._ending)

    async def _done(self, kept: Kept, work: Callable[[Session], Awaitable[R]]) -> R:
        try:
            return await work(kept.session)
        finally:
            kept.used_at = time.monotonic()

    async def _session(self, owner: Hashable, server: Hashable, spec: ServerSpec) -> tuple[Kept, bool]:
        """Return the session of a server, and whether it is new. Raises: McpFailed where there is no room for it."""
        key = (owner, server)
        until = time.monotonic() + ROOM_S
        while True:
            kept = self._kept.get(key)
            if kept is not None and (kept.session.is_over or kept.spec != spec):
                self._end(key)
                kept = None
            if kept is not None:
                return kept, False
            if self._has_room(owner):
                return self._opened(key, Kept(owner, spec, Session(spec))), True
            ending = self._make_room(owner)
            await asyncio.wait(ending, timeout=max(until - time.monotonic(), 0), return_when=asyncio.FIRST_COMPLETED)
            if time.monotonic() >= until:
                raise _busy()

    def _opened(self, key: Hashable, kept: Kept) -> Kept:
        self._kept[key] = kept
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="mcp idle sessions")
        return kept

    def _living(self) -> Counter[Hashable]:
        """Return how many sessions each owner has, those that are ending included."""
        return Counter(kept.whose for kept in (*self._kept.values(), *self._ending.values()))

    def _has_room(self, owner: Hashable) -> bool:
        living = self._living()
        left = self._most - living.total()
        reserved = 1 if living[owner] and self._most > 1 else 0
        return living[owner] < self._most_of_owner and left > reserved

    def _make_room(self, owner: Hashable) -> list[asyncio.Task[None]]:
        """Return the ends to wait for: those under way, else that of a session which nobody uses now.

        It is one of this owner where he has his share, else of who has most of them. Raises: McpFailed.
        """
        living = self._living()
        free = self._most - living.total()
        is_own = living[owner] >= self._most_of_owner or (living[owner] > 0 and free == 1)

        def counts(kept: Kept) -> bool:
            return not kept.session.calls and (kept.whose == owner or not is_own)

        ending = [task for task, kept in self._ending.items() if counts(kept)]
        idle = [key for key, kept in self._kept.items() if counts(kept)]
        if not ending and idle:
            ending = [self._end(min(idle, key=lambda key: self._rank(living, self._kept[key])))]
        if not ending:
            raise _busy()
        return ending

    @staticmethod
    def _rank(living: Counter[Hashable], kept: Kept) -> tuple[int, float]:
        return -living[kept.whose], kept.used_at

    def _end(self, key: Hashable) -> asyncio.Task[None]:
        """Give a session to nobody any more; it closes when the calls that go on over it are done."""
        kept = self._kept.pop(key)
        task = asyncio.create_task(_retired(kept.session), name="mcp session ends")
        self._ending[task] = kept
        task.add_done_callback(lambda done: self._ending.pop(done))
        return task

    async def _look(self) -> None:
        """End sessions that nobody has used for a while, and those that are over."""
        while self._kept:
            await asyncio.sleep(min(LOOK_S, self._idle_s))
            since = time.monotonic() - self._idle_s
            for key, kept in list(self._kept.items()):
                if kept.session.is_over or (not kept.session.calls and kept.used_at < since):
                    self._end(key)


def _busy() -> McpFailed:
    return McpFailed("All sessions with MCP servers are in use; try again", code="busy")


async def _retired(session: Session) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RETIRING_S):
            await session.unused()
    await session.close()

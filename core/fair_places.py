"""Places that several owners share: none holds more than half while others wait, none holds all even alone.

So whoever comes to a busy process finds a place within the time one call takes, however much others have asked for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from itertools import count


class FairPlaces:
    """So many places on one event loop. Who is served next: least held, then fewest waiting, then longest ago."""

    def __init__(self, places: int) -> None:
        if places < 1:
            raise ValueError("there must be a place")
        self.places = places
        self._held: dict[Hashable, int] = {}
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}  # no owner in it has an empty queue
        self._last_served: dict[Hashable, int] = {}  # of owners that hold or wait; the rest need no memory
        self._turns = count(1)

    @property
    def free(self) -> int:
        return self.places - sum(self._held.values())

    def held_by(self, owner: Hashable) -> int:
        return self._held.get(owner, 0)

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, owner: Hashable) -> AsyncIterator[None]:
        """Hold a place, as soon as it is this owner's turn."""
        await self.take(owner)
        try:
            yield
        finally:
            self.give_back(owner)

    async def take(self, owner: Hashable) -> None:
        """Wait for a place, to be given back by `give_back`."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._leave(owner, turn)
            else:  # it was served in the very turn of the loop in which it was cancelled
                self.give_back(owner)
            raise

    def give_back(self, owner: Hashable) -> None:
        """Let the next one have a place that `owner` held."""
        left = self._held[owner] - 1
        if left:
            self._held[owner] = left
        else:
            del self._held[owner]
            if owner not in self._waiting:
                self._last_served.pop(owner, None)
        self._serve()

    def _leave(self, owner: Hashable, turn: asyncio.Future[None]) -> None:
        queue = self._waiting.get(owner)
        if queue is not None and turn in queue:
            queue.remove(turn)
            if not queue:
                self._forget_queue(owner)
        self._serve()  # with one owner less in the queue, the others may hold more

    def _serve(self) -> None:
        while self.free and (allowed := self._allowed()):
            owner = min(allowed, key=self._rank)
            turn = self._waiting[owner].popleft()
            if not self._waiting[owner]:
                self._forget_queue(owner)
            if not turn.done():  # else it was cancelled, and has not had the time to leave
                self._held[owner] = self._held.get(owner, 0) + 1
                self._last_served[owner] = next(self._turns)
                turn.set_result(None)

    def _allowed(self) -> list[Hashable]:
        """Return the owners that wait and may have one more place."""
        others_wait = len(self._waiting) > 1
        most = max(1, self.places // 2 if others_wait else self.places - 1)
        return [owner for owner in self._waiting if self.held_by(owner) < most]

    def _rank(self, owner: Hashable) -> tuple[int, int, int]:
        return self.held_by(owner), len(self._waiting[owner]), self._last_served.get(owner, 0)

    def _forget_queue(self, owner: Hashable) -> None:
        del self._waiting[owner]
        if owner not in self._held:
            self._last_served.pop(owner, None)

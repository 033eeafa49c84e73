"""Places that several owners share on one event loop, by the policy of `turns`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from core.fairness.turns import FairTurns

T = TypeVar("T")


class FairPlaces:
    """So many places on one event loop; who waits is a future."""

    def __init__(self, places: int) -> None:
        self._turns: FairTurns[asyncio.Future[None]] = FairTurns(places)

    @property
    def places(self) -> int:
        return self._turns.places

    @property
    def free(self) -> int:
        return self._turns.free

    @property
    def waiting(self) -> int:
        return self._turns.waiting

    @property
    def is_at_rest(self) -> bool:
        return self._turns.is_at_rest

    def held_by(self, owner: Hashable) -> int:
        return self._turns.held_by(owner)

    @asynccontextmanager
    async def place(self, owner: Hashable) -> AsyncIterator[None]:
        """Hold a place, as soon as it is this owner's turn."""
        await self.take(owner)
        try:
            yield
        finally:
            self.give_back(owner)

    async def during(self, owner: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Hold a place for work that threads go on with when whoever asked for it is cancelled: then it ends first."""
        async with self.place(owner):
            task = asyncio.create_task(work())
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                while not task.done():
                    with suppress(asyncio.CancelledError):
                        await asyncio.wait([task])
                raise

    async def take(self, owner: Hashable) -> None:
        """Wait for a place, to be given back by `give_back`."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.join(owner, turn)
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._turns.leave(owner, turn)
                self._serve()
            else:  # it was served in the very turn of the loop in which it was cancelled
                self.give_back(owner)
            raise

    def give_back(self, owner: Hashable) -> None:
        """Let the next one have a place that `owner` held."""
        self._turns.give_back(owner)
        self._serve()

    def _serve(self) -> None:
        while (served := self._turns.serve()) is not None:
            owner, turn = served
            if turn.done():  # it was cancelled, and has not had the time to leave
                self._turns.give_back(owner)
            else:
                turn.set_result(None)

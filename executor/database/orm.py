"""ORM work of the engine, in its threads: made again while the database is away, never an error of who asked for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from contextvars import ContextVar
from functools import partial
from typing import Any

from django.db import Error as DjangoDatabaseError
from psycopg import Error as PsycopgError

from core.database.errors import Backoff, Meaning, meaning_of, sentence_of
from core.fairness.loop_places import FairPlaces
from executor.domain import node_time
from executor.domain.signals import DatabaseLost

logger = logging.getLogger(__name__)
LONGEST_S = 10.0  # a lease: after that whoever reaches the database goes on
OWNER: ContextVar[Hashable] = ContextVar("owner of the work", default=None)  # the engine's own, where it is not set


class DatabaseWork:
    """Runs synchronous database work beside the loop; its threads are shared fairly between owners.

    Saving a large file holds one for a second: a hundred of them leave the next free one to somebody else.
    """

    def __init__(self, run: Callable[..., Any], threads: Executor, places: int) -> None:
        self._run = run
        self._threads = threads
        self._places = FairPlaces(places)
        self._begun: dict[object, float] = {}  # what is asked for now, since when

    def waited_s(self, now: float) -> float:
        """Return how long the oldest of what is asked for has not been answered."""
        return now - min(self._begun.values(), default=now)

    async def do(self, work: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Return what `work` returns; a node's clock stands meanwhile. Raises: what it raises, and DatabaseLost."""
        call = object()
        self._begun[call] = time.monotonic()
        try:
            with node_time.not_counted():
                return await self._done(work, *arguments, **keywords)
        finally:
            del self._begun[call]

    async def _done(self, work: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        loop = asyncio.get_running_loop()
        call = partial(self._run, work, *arguments, **keywords)
        backoff, end = Backoff(), loop.time() + LONGEST_S
        while True:
            try:
                return await self._in_thread(call)
            except (DjangoDatabaseError, PsycopgError) as exc:
                if meaning_of(exc) is Meaning.REFUSED:
                    raise
                logger.warning("work on the database has to wait: %s", sentence_of(exc))
                if loop.time() > end:
                    raise DatabaseLost(sentence_of(exc)) from exc
                await asyncio.sleep(backoff.next_s())

    async def _in_thread(self, call: Callable[[], Any]) -> Any:
        """Return what `call` returns. Its place is held while its thread works, even where nobody waits."""
        loop, owner = asyncio.get_running_loop(), OWNER.get()
        await self._places.take(owner)
        try:
            working = self._threads.submit(call)
        except BaseException:
            self._places.give_back(owner)
            raise

        def ended(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks for places any more
                loop.call_soon_threadsafe(self._places.give_back, owner)

        working.add_done_callback(ended)
        return await asyncio.wrap_future(working)

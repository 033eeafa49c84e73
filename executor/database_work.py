"""ORM work of the engine, in its threads: made again while the database is away, never an error of who asked for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

from django.db import Error as DjangoDatabaseError
from psycopg import Error as PsycopgError

from core.database_errors import Backoff, Meaning, meaning_of, sentence_of
from executor import node_time
from executor.signals import DatabaseLost

logger = logging.getLogger(__name__)
LONGEST_S = 10.0  # a lease: after that whoever reaches the database goes on


class DatabaseWork:
    """Runs synchronous database work beside the loop."""

    def __init__(self, run: Callable[..., Any], threads: Executor) -> None:
        self._run = run
        self._threads = threads
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
                return await loop.run_in_executor(self._threads, call)
            except (DjangoDatabaseError, PsycopgError) as exc:
                if meaning_of(exc) is Meaning.REFUSED:
                    raise
                logger.warning("work on the database has to wait: %s", sentence_of(exc))
                if loop.time() > end:
                    raise DatabaseLost(sentence_of(exc)) from exc
                await asyncio.sleep(backoff.next_s())

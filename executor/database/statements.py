"""The engine's own connections: short statements about runs, one at a time, apart from the journal's."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import psycopg

from core.database.errors import Backoff, Meaning, Trouble, meaning_of, sentence_of
from executor.database.connecting import ALONG_INDEXES, connect

logger = logging.getLogger(__name__)


class Control:
    """One connection, made anew when it breaks."""

    def __init__(self, database_url: str, stopped: asyncio.Event) -> None:
        self._url = database_url
        self._stopped = stopped
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self._lock = asyncio.Lock()
        self._backoff = Backoff()
        self.trouble = Trouble()

    async def _connected(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = await connect(self._url, plans=ALONG_INDEXES)
        return self._connection

    def away_s(self) -> float:
        """Return how long the database has been away, or took nothing, in the life of this process."""
        return self.trouble.total_s(time.monotonic())

    async def query(self, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Run a statement, again while the database is away, locked or not fit for it; nothing once we stop.

        Raises: psycopg.Error, where the database refuses these values.
        """
        while True:
            try:
                async with self._lock:
                    found = await self._run(statement, parameters)
            except (psycopg.Error, OSError) as exc:
                if not await self._recovers(exc):
                    return []
                continue
            self._backoff.succeeded()
            self.trouble.ends(time.monotonic())
            return found

    async def _run(self, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        cursor = await (await self._connected()).execute(statement, parameters)
        return await cursor.fetchall() if cursor.description else []

    async def _recovers(self, exc: Exception) -> bool:
        """Pause after an error that passes; returns whether to try again. Raises what does not pass."""
        meaning = meaning_of(exc)
        if meaning is Meaning.REFUSED:
            raise exc
        self.trouble.begins(exc, time.monotonic())
        logger.warning("the engine's statement has to wait: %s", sentence_of(exc))
        if meaning is not Meaning.LOCKED:
            await self.forget_connection()
        return not await stops_within(self._stopped, self._backoff.next_s())

    async def locked(self, lock: str, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Run a claim under a lock that ends with its transaction; nothing is claimed while the database takes none.

        What was claimed all the same is a stray, and given back. Raises: psycopg.Error, where a row is refused.
        """
        async with self._lock:
            try:
                connection = await self._connected()
                async with connection.transaction():
                    await connection.execute(lock)
                    return await (await connection.execute(statement, parameters)).fetchall()
            except (psycopg.Error, OSError) as exc:
                meaning = meaning_of(exc)
                if meaning is Meaning.REFUSED:
                    raise
                logger.warning("the engine's claim has to wait: %s", sentence_of(exc))
                if meaning is not Meaning.LOCKED:
                    await self.forget_connection()
                return []

    async def forget_connection(self) -> None:
        """Close the connection; the next statement makes a new one, which may lead to another server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def close(self) -> None:
        await self.forget_connection()


async def stops_within(stopped: asyncio.Event, seconds: float) -> bool:
    """Wait; returns whether `stopped` was set meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        pass
    return stopped.is_set()

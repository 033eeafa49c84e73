"""The engine's own connection: short statements about runs, one at a time, apart from the journal's."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import psycopg

from executor.journal import connect

logger = logging.getLogger(__name__)
AGAIN_S = 0.5
_LOST = (psycopg.OperationalError, psycopg.InterfaceError, OSError)


class Control:
    """One connection, made anew when it breaks."""

    def __init__(self, database_url: str, stopped: asyncio.Event) -> None:
        self._url = database_url
        self._stopped = stopped
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self._lock = asyncio.Lock()

    async def _connected(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = await connect(self._url)
        return self._connection

    async def query(self, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Run a statement, again on a new connection while the database is away; nothing once we stop."""
        async with self._lock:
            while True:
                try:
                    cursor = await (await self._connected()).execute(statement, parameters)
                    return await cursor.fetchall() if cursor.description else []
                except _LOST as exc:
                    logger.warning("the engine lost its connection: %s", exc)
                    if await stops_within(self._stopped, AGAIN_S):
                        return []

    async def locked(self, lock: str, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Run a claim under a lock that ends with its transaction; a broken connection claims nothing.

        What was claimed all the same is a stray, and given back.
        """
        async with self._lock:
            try:
                connection = await self._connected()
                async with connection.transaction():
                    await connection.execute(lock)
                    return await (await connection.execute(statement, parameters)).fetchall()
            except _LOST as exc:
                logger.warning("the engine lost its connection: %s", exc)
                return []

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


async def stops_within(stopped: asyncio.Event, seconds: float) -> bool:
    """Wait; returns whether `stopped` was set meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        pass
    return stopped.is_set()

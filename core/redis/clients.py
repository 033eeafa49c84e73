"""Clients of Redis for asynchronous code, whose calls end when they are cancelled.

Before Python 3.12 `asyncio.wait_for`, by which the library sends, may lose a cancellation that comes as it ends: what
was cancelled goes on, and who waits for its end waits for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

import redis.asyncio as redis
from redis.asyncio.connection import AbstractConnection, parse_url


class _EndsWhenCancelled(AbstractConnection):
    async def send_packed_command(self, *arguments: Any, **keywords: Any) -> None:
        task = asyncio.current_task()
        before = task.cancelling() if task is not None else 0
        await super().send_packed_command(*arguments, **keywords)
        if task is not None and task.cancelling() > before:
            await self.disconnect(nowait=True)  # the reply that comes is nobody's
            raise asyncio.CancelledError


class _Tcp(_EndsWhenCancelled, redis.Connection):
    pass


class _Tls(_EndsWhenCancelled, redis.SSLConnection):
    pass


class _Local(_EndsWhenCancelled, redis.UnixDomainSocketConnection):
    pass


_CONNECTIONS = {redis.SSLConnection: _Tls, redis.UnixDomainSocketConnection: _Local}


def async_client(url: str, **options: Any) -> redis.Redis:
    """Return a client of its own connections; `options` are those of a connection, as `socket_connect_timeout`."""
    parsed: dict[str, Any] = {**options, **parse_url(url)}
    kind = _CONNECTIONS.get(parsed.pop("connection_class", None), _Tcp)
    return redis.Redis.from_pool(redis.ConnectionPool(connection_class=kind, **parsed))

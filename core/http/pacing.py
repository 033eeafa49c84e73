"""Replies are parsed on the event loop: piece by piece, the dear ones after each other and never most of the time.

A reply can be made to cost far more than its size: interim answers without end, chunks of one byte. The time that each
piece takes is measured; where it is much, pieces become smaller, and all replies of that kind share a fifth of the
loop.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Hashable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore

from core.fairness.loop_places import FairPlaces

HEAD_BYTES = 64 * 1024  # of a reply, with the interim answers before it
FIRST, LEAST, MOST = 1024, 256, 16 * 1024  # bytes parsed at a time
DEAR_S, CHEAP_S = 0.001, 0.0005  # processor time of one piece
REST = 4  # so many times what a dear piece took, others have the loop


class HeadTooLarge(httpcore.RemoteProtocolError):
    """The server says ever more before its answer."""


@dataclass(slots=True)
class Exchange:
    """One request and its reply, as the stream under it needs to know it."""

    owner: Hashable = None
    is_head: bool = True
    came: int = 0


exchange: ContextVar[Exchange] = ContextVar("exchange")


class PacedStream(httpcore.AsyncNetworkStream):
    """A connection whose replies cannot hold the loop. `turns` is shared by all connections of a client."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, turns: FairPlaces) -> None:
        self._inner = inner
        self._turns = turns
        self._piece = FIRST
        self._given_at: float | None = None  # processor time when the last piece was handed out

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 (httpcore's interface)
        current = exchange.get(None) or Exchange()
        await self._rest(current.owner)
        data = await self._inner.read(min(max_bytes, self._piece), timeout)
        if current.is_head:
            current.came += len(data)
            if current.came > HEAD_BYTES:
                raise HeadTooLarge(f"what comes before the body is larger than {HEAD_BYTES} bytes")
        self._given_at = time.thread_time()
        return data

    async def _rest(self, owner: Hashable) -> None:
        """Choose the size of the next piece by what the last one took, and wait where that was much."""
        if self._given_at is None:
            return
        took, self._given_at = time.thread_time() - self._given_at, None  # it was parsed without a pause
        if took < CHEAP_S:
            self._piece = min(self._piece * 2, MOST)
        if took > DEAR_S:
            self._piece = max(self._piece // 2, LEAST)
        if took > DEAR_S:
            async with self._turns.place(owner):
                await asyncio.sleep(took * REST)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 (httpcore's interface)
        self._given_at = None
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's interface)
    ) -> httpcore.AsyncNetworkStream:
        """Begin to speak TLS. Where nobody waits for it any more, or for too long, the library leaves the line open."""
        try:
            return PacedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout), self._turns)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

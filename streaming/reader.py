"""Reading a run's events in order, live or over: the Redis stream is a doorbell with a payload, the rows are the truth.

The reader keeps a cursor and hands on `cursor + 1` only; smaller ones are dropped, missing ones are read from the rows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from redis.exceptions import RedisError

from core.fairness.loop_places import FairPlaces
from core.json import loads_own
from core.redis import run_stream
from executor import selectors

PAGE = 100  # events, each with a preview of up to 16 KiB: who does not read holds so many
ENTRIES = 10  # commits, each of many events
READ_AT_ONCE = 4  # pages, of one owner at most half while others wait
COMPARE_EVERY_S = 2.0
HEARTBEAT_S = 30.0
FINAL = ("execution.completed", "execution.failed", "execution.cancelled")
Event = dict[str, Any]


def is_final(event: Event) -> bool:
    return event["type"] in FINAL


def _page(execution_id: UUID, cursor: int) -> tuple[list[Event], int, bool]:
    """Return (events after the cursor, number of the last event, whether the run has ended)."""
    try:
        execution = selectors.execution_by_id(execution_id, without=selectors.NOT_LISTED)
        events = selectors.events_after(execution, cursor, PAGE)
        return events, execution.state.last_seq, selectors.is_final(execution)
    finally:
        connection.close()


read_page = sync_to_async(_page)
_PLACES: WeakKeyDictionary[asyncio.AbstractEventLoop, FairPlaces] = WeakKeyDictionary()


def _places() -> FairPlaces:
    """Return the places of this loop for reading pages: many streams that open at once leave it to the others."""
    return _PLACES.setdefault(asyncio.get_running_loop(), FairPlaces(READ_AT_ONCE))


class Reader:
    """One client's view of one run; iterate over it until the final event. `None` is a heartbeat."""

    def __init__(self, execution_id: UUID, cursor: int, owner: object = None) -> None:
        self.execution_id = execution_id
        self.owner = owner or execution_id
        self.cursor = cursor
        self._stream_id = "0-0"

    async def events(self) -> AsyncIterator[Event | None]:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
        quiet_since = time.monotonic()
        try:
            self._stream_id = await self._newest(client)
            while True:
                found, ended = await self._from_rows()
                for event in found:
                    yield event
                    quiet_since = time.monotonic()
                    if is_final(event):
                        return
                if ended and not found:
                    return
                until = time.monotonic() + COMPARE_EVERY_S
                while not found and time.monotonic() < until:
                    for event in await self._from_stream(client, until):
                        yield event
                        quiet_since = time.monotonic()
                        if is_final(event):
                            return
                    if self._gap:
                        break
                    if time.monotonic() - quiet_since >= HEARTBEAT_S:
                        quiet_since = time.monotonic()
                        yield None
        finally:
            await client.aclose()

    _gap = False

    async def _from_rows(self) -> tuple[list[Event], bool]:
        async with _places().place(self.owner):
            events, last, ended = await read_page(self.execution_id, self.cursor)
        self._gap = False
        if events:
            self.cursor = events[-1]["seq"]
        return events, ended and self.cursor >= last

    async def _newest(self, client: redis.Redis) -> str:
        """Return where the stream stands before the rows are read: nothing between the two can be missed."""
        try:
            newest: Any = await client.xrevrange(run_stream.key_of(self.execution_id), count=1)
        except (RedisError, OSError):
            return "0-0"
        return newest[0][0].decode() if newest else "0-0"

    async def _from_stream(self, client: redis.Redis, until: float) -> list[Event]:
        wait_ms = max(int((until - time.monotonic()) * 1000), 1)
        try:
            found: Any = await client.xread(
                {run_stream.key_of(self.execution_id): self._stream_id}, block=wait_ms, count=ENTRIES
            )
        except (RedisError, OSError):
            await asyncio.sleep(wait_ms / 1000)
            return []
        fresh: list[Event] = []
        for entry_id, fields in found[0][1] if found else []:
            self._stream_id = entry_id.decode()
            if b"live" in fields:
                fresh.append(loads_own(fields[b"live"]))
                continue
            if fields[b"events"] == run_stream.LOOK_AT_ROWS:
                self._gap = True
                return fresh
            for event in loads_own(fields[b"events"]):
                if event["seq"] == self.cursor + 1:
                    self.cursor += 1
                    fresh.append(event)
                elif event["seq"] > self.cursor:
                    self._gap = True
                    return fresh
        return fresh

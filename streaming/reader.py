"""Reading a run's events in order, live or over: the Redis stream is a doorbell with a payload, the rows are the truth.

The reader keeps a cursor and hands on `cursor + 1` only; smaller ones are dropped, missing ones are read from the rows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from redis.exceptions import RedisError

from core.access.roles import Role
from core.accounts.log_ins import LogIn
from core.fairness.loop_places import FairPlaces
from core.json import loads_own, written
from core.redis import run_stream
from core.redis.clients import async_client
from executor import selectors
from streaming.read_ahead import ReadAhead, WrittenEvent, fitting

FIRST_PAGE, PAGE = 25, 100  # events, each with a preview of up to 16 KiB; fewer where they are large
ENTRIES = 4  # of the stream, each of up to some 32 KiB
READ_AT_ONCE = 4  # pages, of one owner at most half while others wait
COMPARE_EVERY_S = 2.0
HEARTBEAT_S = 30.0
FINAL = ("execution.completed", "execution.failed", "execution.cancelled")


def is_final(event: WrittenEvent) -> bool:
    return event.type in FINAL


def _written(event: dict[str, Any]) -> WrittenEvent:
    return WrittenEvent(event["seq"], event["type"], written(event))


def _page(log_in: LogIn | None, execution_id: UUID, cursor: int, most: int) -> tuple[list[WrittenEvent], bool, bool]:
    """Return (events after the cursor, whether there were more than fit, whether the run has ended with the last).

    Raises: Missing where who reads may not see the run any more, LogInEnded.
    """
    without = selectors.NOT_LISTED
    try:
        if log_in is None:
            execution = selectors.execution_by_id(execution_id, without=without)
        else:
            log_in.check()
            execution = selectors.execution_for(log_in.user, execution_id, needs=Role.VIEWER, without=without)
        found = [_written(event.wire()) for event in selectors.events_after(execution, cursor, most)]
        events = fitting(found)
        reached = (events[-1].seq or 0) if events else cursor
        is_over = selectors.is_final(execution) and reached >= execution.state.last_seq
        return events, len(events) < len(found), is_over
    finally:
        connection.close()


read_page = sync_to_async(_page)
_PLACES: WeakKeyDictionary[asyncio.AbstractEventLoop, FairPlaces] = WeakKeyDictionary()


def _places() -> FairPlaces:
    """Return the places of this loop for reading pages: many streams that open at once leave it to the others."""
    return _PLACES.setdefault(asyncio.get_running_loop(), FairPlaces(READ_AT_ONCE))


class Reader:
    """One client's view of one run; iterate over it until the final event. `None` is a heartbeat.

    The rows are asked in a log-in's name, every two seconds at least: whoever loses his role on the workflow meanwhile
    gets no more (`Missing`), nor whose log-in ends (`LogInEnded`). Without one it reads for the system itself.
    """

    def __init__(self, execution_id: UUID, cursor: int, log_in: LogIn | None = None) -> None:
        self.execution_id = execution_id
        self.log_in = log_in
        self.cursor = cursor
        self._stream_id = "0-0"
        self._ahead = ReadAhead()
        self._page_size = FIRST_PAGE
        self._gap = False

    async def events(self) -> AsyncIterator[WrittenEvent | None]:
        client = async_client(settings.REDIS_URL, socket_connect_timeout=1)
        quiet_since = time.monotonic()
        try:
            self._stream_id = await self._newest(client)
            while True:
                is_over = await self._read_rows()
                were_found = len(self._ahead) > 0
                for event in self._taken():
                    yield event
                    quiet_since = time.monotonic()
                    if is_final(event):
                        return
                if is_over and not were_found:
                    return
                until = time.monotonic() + COMPARE_EVERY_S
                while not were_found and not self._gap and time.monotonic() < until:
                    await self._read_stream(client, until)
                    for event in self._taken():
                        yield event
                        quiet_since = time.monotonic()
                        if is_final(event):
                            return
                    if time.monotonic() - quiet_since >= HEARTBEAT_S:
                        quiet_since = time.monotonic()
                        yield None
        finally:
            self._ahead.forget()
            await client.aclose()

    def _taken(self) -> Iterator[WrittenEvent]:
        """Hand on what was read, one by one; what is forgotten meanwhile has to be read from the rows."""
        for event in self._ahead.taken():
            self.cursor = event.seq or self.cursor
            yield event
        self._gap = self._gap or self._ahead.was_forgotten

    async def _read_rows(self) -> bool:
        """Read the next events ahead; returns whether the run has ended with them."""
        async with _places().place(self.execution_id if self.log_in is None else self.log_in.user.pk):
            events, is_cut, is_over = await read_page(self.log_in, self.execution_id, self.cursor, self._page_size)
        self._gap = False
        self._page_size = max(2, 2 * len(events)) if is_cut else min(2 * self._page_size, PAGE)
        self._ahead.fill(events)
        return is_over

    async def _newest(self, client: redis.Redis) -> str:
        """Return where the stream stands before the rows are read: nothing between the two can be missed."""
        try:
            newest: Any = await client.xrevrange(run_stream.key_of(self.execution_id), count=1)
        except (RedisError, OSError):
            return "0-0"
        return newest[0][0].decode() if newest else "0-0"

    async def _read_stream(self, client: redis.Redis, until: float) -> None:
        """Wait for what comes next, and read it ahead as far as nothing is missing before it."""
        wait_ms = max(int((until - time.monotonic()) * 1000), 1)
        try:
            found: Any = await client.xread(
                {run_stream.key_of(self.execution_id): self._stream_id}, block=wait_ms, count=ENTRIES
            )
        except (RedisError, OSError):
            await asyncio.sleep(wait_ms / 1000)
            return
        self._ahead.fill(list(self._following(found[0][1] if found else [])))

    def _following(self, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> Iterator[WrittenEvent]:
        reached = self.cursor
        for entry_id, fields in entries:
            self._stream_id = entry_id.decode()
            if b"live" in fields:
                yield _written(loads_own(fields[b"live"]))
                continue
            if fields[b"events"] == run_stream.LOOK_AT_ROWS:
                self._gap = True
                return
            for event in loads_own(fields[b"events"]):
                if event["seq"] == reached + 1:
                    reached += 1
                    yield _written(event)
                elif event["seq"] > reached:
                    self._gap = True
                    return

"""Answers of a chat: whole, or word by word while the run says them, in the words of whoever asks.

run's stream in Redis ─▶ pieces of text ─▶ `Wording` ─▶ server-sent events; what the run came to is read from its row
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.http import StreamingHttpResponse
from redis.exceptions import RedisError

from core.json import loads_own
from core.redis import run_stream
from core.redis.run_ends import wait_until
from executor.domain.lifecycle import Status
from executor.models import Execution, Wait
from executor.selectors import FINAL_VALUES
from nodes.usage import NOTHING, TOKENS, Usage
from orchestrator.triggers.chats import conversation_of, finish_of, message_of

WAIT_S = 300.0
ASK_EVERY_S = 2.0
BLOCK_MS = 250
QUIET_S = 15.0
ENDS = frozenset({"execution.completed", "execution.failed", "execution.cancelled", "execution.waiting"})


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a run that answers: `status` is "waiting" where it asks people first, "running" after WAIT_S.

    `finish` is why its model ended, where the answer says it.
    """

    execution_id: UUID
    status: str
    conversation_id: str
    message: str = ""
    usage: Usage = NOTHING
    finish: str = ""

    @property
    def is_answer(self) -> bool:
        return self.status == Status.COMPLETED

    @property
    def goes_on(self) -> bool:
        return self.status not in FINAL_VALUES


class Wording(Protocol):
    """How an answer is told in a stream."""

    def start(self, execution_id: UUID, conversation_id: str) -> bytes: ...

    def delta(self, text: str) -> bytes: ...

    def end(self, ended: Ended, said: str) -> bytes: ...


def read(execution_id: UUID, *, is_last: bool = False) -> Ended | None:
    """Return what became of a run: None while it is at work, unless nobody waits any longer."""
    try:
        row = Execution.objects.values("output", "input", *TOKENS, status=F("state__status")).get(pk=execution_id)
        status = str(row["status"])
        if status not in FINAL_VALUES and not is_last and not _is_held_up(execution_id, status):
            return None
        output = (row["output"] or []) if status == Status.COMPLETED else []
        used = Usage.of({name: row[name] or 0 for name in TOKENS})
        conversation = conversation_of(row["input"])
        return Ended(execution_id, status, conversation, message_of(output), used, finish_of(output))
    finally:
        connection.close()


def _is_held_up(execution_id: UUID, status: str) -> bool:
    """Whether a run waits for somebody: for a timer the caller waits along."""
    if status != "waiting":
        return status == "paused"
    open_ones = Wait.objects.filter(execution_id=execution_id, answered_at=None)
    return open_ones.filter(kind__in=("human_task", "signal")).exists()


async def whole(execution_id: UUID) -> Ended:
    """Wait for the answer of a run."""

    async def ended() -> Ended | None:
        return await sync_to_async(read)(execution_id)

    found: Ended | None = await wait_until(str(execution_id), WAIT_S, ended)
    return found or await _given_up(execution_id)


async def _given_up(execution_id: UUID) -> Ended:
    found = await sync_to_async(read)(execution_id, is_last=True)
    assert found is not None  # noqa: S101 (for the type checker: it is asked for whatever there is)
    return found


def stream(execution_id: UUID, conversation_id: str, wording: Wording) -> StreamingHttpResponse:
    """Return an answer that is told while the run says it."""
    response = StreamingHttpResponse(_told(execution_id, conversation_id, wording), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _told(execution_id: UUID, conversation_id: str, wording: Wording) -> AsyncIterator[bytes]:
    yield wording.start(execution_id, conversation_id)
    said = ""
    async for event in deltas(execution_id):
        if event is not None and event["data"].get("channel") == "text":
            said += event["data"]["text"]
            yield wording.delta(event["data"]["text"])
    yield wording.end(await came_to(execution_id), said)


async def came_to(execution_id: UUID) -> Ended:
    """Return what became of a run that is waited for no longer."""
    return await sync_to_async(read)(execution_id) or await _given_up(execution_id)


async def deltas(execution_id: UUID) -> AsyncIterator[dict[str, Any] | None]:
    """Yield the pieces of texts that a run says, until it has ended, waits for somebody, or takes too long.

    They are events `node.delta`; None says that nothing was said for a while.
    """
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
    key, at, until, ask_at = run_stream.key_of(execution_id), "0-0", time.monotonic() + WAIT_S, 0.0
    quiet_since = time.monotonic()
    try:
        while time.monotonic() < until:
            entries = await _entries(client, key, at)
            for number, fields in entries:
                at = number
                for event in _events(fields):
                    if event["type"] == "node.delta":
                        quiet_since = time.monotonic()
                        yield event
                    if event["type"] in ENDS:
                        ask_at = 0.0
            if time.monotonic() - quiet_since >= QUIET_S:
                quiet_since = time.monotonic()
                yield None
            if (time.monotonic() >= ask_at and not entries) or ask_at == 0.0:
                if await sync_to_async(read)(execution_id) is not None:
                    return
                ask_at = time.monotonic() + ASK_EVERY_S
    finally:
        await client.aclose()


async def _entries(client: redis.Redis, key: str, at: str) -> list[tuple[str, dict[bytes, bytes]]]:
    try:
        found: Any = await client.xread({key: at}, count=50, block=BLOCK_MS)
    except (RedisError, OSError):
        await asyncio.sleep(ASK_EVERY_S)  # the row tells how it ended
        return []
    return [(number.decode(), fields) for _, entries in found or () for number, fields in entries]


def _events(fields: dict[bytes, bytes]) -> list[dict[str, Any]]:
    if b"live" in fields:
        return [loads_own(fields[b"live"])]
    found: list[dict[str, Any]] = loads_own(fields.get(b"events", b"[]"))
    return found

"""Tells Redis what was committed.

A doorbell with a payload. The rows are the truth; what is lost here is read there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from core.json import dumps_lossy, loads
from core.redis import run_stream
from core.redis.clients import async_client
from core.values.size import json_size
from executor.domain.events import Event
from executor.domain.records import Batch
from executor.journal.events import live_event
from executor.journal.journal import is_final

logger = logging.getLogger(__name__)
SMALL_BYTES = 64 * 1024
MOST_LIVE = 1000  # events without a number that wait to be announced
ON_THE_WAY_S = 0.003


class Publisher:
    """Publishes batches in order, and listens for commands."""

    def __init__(self, redis_url: str, on_command: Callable[[str], None], on_work: Callable[[], None]) -> None:
        self._client = async_client(redis_url, socket_timeout=5, socket_connect_timeout=2)
        self._on_command = on_command
        self._on_work = on_work
        self._work_to_tell = False
        self._queue: list[tuple[bool, Batch] | Event] = []
        self._live = 0  # events without a number among them
        self._wake = asyncio.Event()

    def publish(self, batches: Sequence[tuple[bool, Batch]]) -> None:
        """Announce batches, in order, each with whether its run is at work here.

        An end or an answer at once; what is on the way may wait until the loop rests.
        """
        self._queue.extend(batches)
        if any(batch.ending is not None or batch.response is not None for _, batch in batches):
            self._wake.set()
        else:
            asyncio.get_running_loop().call_later(ON_THE_WAY_S, self._wake.set)

    def publish_live(self, event: Event) -> None:
        """Announce an event without a number, behind what came before it. While Redis is slow, none more is taken."""
        if self._live < MOST_LIVE:
            self._live += 1
            self._queue.append(event)
            self._wake.set()

    def tell_of_work(self) -> None:
        """Tell all workers that there is something in the queue."""
        self._work_to_tell = True
        self._wake.set()

    async def announce(self) -> None:
        """Tell of what is committed, as long as the process lives."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            told, self._queue, self._live = self._queue, [], 0
            pipeline = self._client.pipeline(transaction=False)
            for one in told:
                if isinstance(one, Event):
                    run_stream.add_live(pipeline, one.execution_id, dumps_lossy(one.wire()))
                else:
                    self._add_guarded(pipeline, one[1], is_here=one[0])
            if self._work_to_tell:
                self._work_to_tell = False
                pipeline.publish(run_stream.WORK, b"{}")
            try:
                await pipeline.execute()
            except (RedisError, OSError) as exc:
                logger.warning("Redis is away, events are not announced: %s", exc)

    def _add_guarded(self, pipeline: Any, batch: Batch, *, is_here: bool) -> None:
        """Announce one batch; what cannot be announced is read from the rows, which are committed."""
        try:
            self._add(pipeline, batch, is_here=is_here)
        except Exception:
            logger.exception("a commit of execution %s is not announced", batch.execution_id)
            run_stream.add(pipeline, batch.execution_id, run_stream.LOOK_AT_ROWS)
            if is_final(batch):
                pipeline.publish(run_stream.ENDED, dumps_lossy({"id": batch.execution_id}))

    def _add(self, pipeline: Any, batch: Batch, *, is_here: bool) -> None:
        if batch.events and is_here:
            events = [live_event(batch, event, batch.first_seq + at) for at, event in enumerate(batch.events)]
            run_stream.add_each(pipeline, batch.execution_id, [dumps_lossy(event.wire()) for event in events])
        for wait in batch.waits:
            if wait.task is not None:
                pipeline.publish(run_stream.TASKS, dumps_lossy({"user_ids": wait.task.assignee_ids}))
        if is_final(batch):
            pipeline.publish(run_stream.ENDED, dumps_lossy(news_of(batch)))
        elif batch.response is not None or batch.ending is not None:
            pipeline.publish(run_stream.RESPONDED, dumps_lossy({"id": batch.execution_id}))

    async def listen(self) -> None:
        """Hear commands and news of work, as long as the process lives."""
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.subscribe(run_stream.COMMANDS, run_stream.WORK)
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=5)
                        if message is not None:
                            self._heard(message)
            except (RedisError, OSError):
                await asyncio.sleep(1)

    def _heard(self, message: dict[str, Any]) -> None:
        if message["channel"] == run_stream.WORK.encode():
            self._on_work()
            return
        try:
            execution_id = str(loads(message["data"])["id"])
        except (ValueError, KeyError, TypeError) as exc:
            logger.warning("somebody said what is no command: %s", exc)
            return
        self._on_command(execution_id)

    async def close(self) -> None:
        await self._client.aclose()


def news_of(batch: Batch) -> dict[str, Any]:
    """Return what waiters are told of an end: the answer itself where it is small, else only that there is one."""
    ending = batch.ending
    news: dict[str, Any] = {"id": batch.execution_id}
    if ending is None or (ending.status == "completed" and json_size(ending.output, SMALL_BYTES) > SMALL_BYTES):
        return news
    return {**news, "status": str(ending.status), "output": ending.output}

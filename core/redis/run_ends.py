"""Waiting for the end of a run without holding a thread or a connection: one Redis subscription per process.

A message only wakes; what counts is read from the rows, and every two seconds the rows are asked anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from redis.exceptions import RedisError

from core.asgi.large_bodies import answered, forget_body
from core.asgi.open_calls import rests
from core.json import loads_own
from core.redis import run_stream
from core.redis.clients import async_client

ASK_EVERY_S = 2.0
CHANNELS = (run_stream.ENDED, run_stream.RESPONDED)


class Waiter:
    """Waits for one run. `news` is what the message brought, where it brought the answer itself."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.news: dict[str, Any] | None = None


class Bell:
    """Rings waiters of one event loop when a run ends or answers."""

    def __init__(self) -> None:
        self._waiters: dict[str, set[Waiter]] = {}
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @contextlib.contextmanager
    def waiter(self, execution_id: str) -> Iterator[Waiter]:
        waiter = Waiter()
        self._waiters.setdefault(execution_id, set()).add(waiter)
        try:
            yield waiter
        finally:
            waiters = self._waiters[execution_id]
            waiters.discard(waiter)
            if not waiters:
                del self._waiters[execution_id]

    async def listen(self) -> None:
        """See to it that this loop is subscribed."""
        if self._task is None or self._task.done():
            self._listening.clear()
            self._task = asyncio.create_task(self._run(), name="run bell")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._listening.wait()

    async def _run(self) -> None:
        client = async_client(settings.REDIS_URL, socket_connect_timeout=1)
        while True:
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(*CHANNELS)
                    self._listening.set()
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=30)
                        if message is not None:
                            self._ring(loads_own(message["data"]))
            except (RedisError, OSError):
                self._listening.set()
                await asyncio.sleep(1)

    def _ring(self, news: dict[str, Any]) -> None:
        for waiter in self._waiters.get(news["id"], ()):
            waiter.news = news if "status" in news else waiter.news
            waiter.event.set()


_bells: WeakKeyDictionary[asyncio.AbstractEventLoop, Bell] = WeakKeyDictionary()


def bell() -> Bell:
    return _bells.setdefault(asyncio.get_running_loop(), Bell())


async def wait_until(execution_id: str, seconds: float, is_over: Callable[[], Awaitable[Any]]) -> Any:
    """Return what `is_over` says once it is true, or its last answer when time is up. It is asked first of all."""
    ring = bell()
    await ring.listen()
    with ring.waiter(execution_id) as waiter:
        return await is_over() or await wait_for_news(waiter, seconds, is_over, use_news=False)


async def wait_for_news(
    waiter: Waiter, seconds: float, is_over: Callable[[], Awaitable[Any]], *, use_news: bool = True
) -> Any:
    """Wait for a ring; returns what the message brought, or what `is_over` says, asked every two seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    answer: Any = None
    while not answer:
        left = end - loop.time()
        if left <= 0:
            break
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left, ASK_EVERY_S)):
                await waiter.event.wait()
        waiter.event.clear()
        answer = (waiter.news if use_news else None) or await is_over()
    return answer


@dataclass(frozen=True, slots=True)
class Wait:
    """What a view's response asks for: wait for a run, then make the response anew.

    `is_over` and `finish` run in a thread; `finish` gives the response.
    """

    execution_id: str
    seconds: float
    is_over: Callable[[], bool]
    finish: Callable[[], HttpResponseBase]


def can_wait(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """Wrap a view whose response may carry a `wait`: the waiting is done here, in the event loop."""

    @wraps(view)
    async def waiting(request: HttpRequest, *arguments: Any, **keywords: Any) -> HttpResponseBase:
        response = await answered(view, request, *arguments, **keywords)
        wait: Wait | None = getattr(response, "wait", None)
        if wait is None:
            return response
        rests(getattr(request, "scope", None))
        forget_body(getattr(response, "renderer_context", {}).get("request"))
        await wait_until(wait.execution_id, wait.seconds, sync_to_async(wait.is_over))
        return await sync_to_async(wait.finish)()

    return waiting

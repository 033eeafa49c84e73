"""What a row's work may use: the threads of its lane, with the database; the guarded HTTP client, without it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection

from core.fairness.loop_places import FairPlaces
from core.http.client import GuardedClient, Response
from core.http.requests import Request
from core.outbox.gathering import Gathering, Work
from core.outbox.lanes import Lane

R = TypeVar("R")
LARGE_AT_ONCE = 3
KEPT = 20  # connections to receivers, while nothing is sent over them


class LaneStuck(RuntimeError):
    """All threads of a lane hang in work whose time was over long ago: this process does nothing more there."""


class Tools:
    """The tools of one lane. A thread that its work's time limit did not end is counted until it comes back."""

    def __init__(self, lane: Lane, client: Callable[[], GuardedClient]) -> None:
        self._lane = lane
        self._client = client
        self._threads = ThreadPoolExecutor(lane.threads, thread_name_prefix=f"outbox-{lane.name}")
        self._gatherings: dict[Work, Gathering] = {}
        self.large = FairPlaces(LARGE_AT_ONCE)  # who sends a large body holds one, from before it is made
        self.abandoned = 0

    async def call(self, work: Callable[..., R], *arguments: Any, **keywords: Any) -> R:
        """Run synchronous work in a thread; its connection to the database goes back when it ends."""
        future = self._threads.submit(_in_database, partial(work, *arguments, **keywords))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if not future.cancel() and not future.done():
                self.abandoned += 1
                future.add_done_callback(lambda done: self._came_back())
            raise

    async def together(self, work: Work, about: Any) -> Any:
        """Return what `work` finds out about one thing, asked in a thread together with what other rows ask for now."""
        if work not in self._gatherings:
            self._gatherings[work] = Gathering(self.call, work)
        return await self._gatherings[work].answer(about)

    def _came_back(self) -> None:
        self.abandoned -= 1

    async def send(self, request: Request) -> Response:
        """Send a request; no thread and no connection waits with it. Raises: BlockedAddress, Unreachable, …"""
        return await self._client().send(request)

    def check(self) -> None:
        """Raises: LaneStuck."""
        if self.abandoned >= self._lane.threads:
            raise LaneStuck(f"{self.abandoned} threads of the lane {self._lane.name} hang")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _in_database(work: Callable[[], R]) -> R:
    close_old_connections()
    try:
        return work()
    except (SystemExit, KeyboardInterrupt, GeneratorExit) as exc:  # they would end the loop, not the work
        raise RuntimeError(f"the work ended by {type(exc).__name__}") from exc
    finally:
        connection.close()


def new_client() -> GuardedClient:
    """Return a client that keeps some connections, but not many: each kept one costs every request."""
    return GuardedClient(settings.HTTP_ALLOWED_PRIVATE_HOSTS, kept=KEPT)

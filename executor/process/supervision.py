"""The parts of a worker process: loops that end when it does, and never before.

A part that ends early, by an exception, by being cancelled or by coming to its end, ends the process: what is left of
it would look alive and do nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

logger = logging.getLogger(__name__)


def _never(raised: BaseException) -> bool:
    return False


class PartEnded(Exception):
    """A part of the process ended before its time; the process has to end with it."""

    def __init__(self, name: str, cause: BaseException | None) -> None:
        why = "it came to its end" if cause is None else f"{type(cause).__name__}: {cause}"[:300]
        super().__init__(f"{name} ended: {why}")
        self.name = name
        self.cause = cause


class Parts:
    """The loops of one process, each with a name, and the short errands they send out."""

    def __init__(self, stopped: asyncio.Event) -> None:
        self._stopped = stopped
        self._first: asyncio.Future[PartEnded] | None = None
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Task[Any]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, None], *, leaves: bool = True) -> None:
        """Start a loop; one that `leaves` ends by itself when the process is to stop, any other is cancelled then."""
        task = self.tasks[name] = asyncio.create_task(work, name=name)
        if leaves:
            self._leaving.append(task)
        task.add_done_callback(self._part_ended)

    def send(
        self, work: Coroutine[Any, Any, Any], name: str = "errand", passes: Callable[[BaseException], bool] = _never
    ) -> None:
        """Start something short; it may end, but an exception of it is one of the process, unless it `passes`."""
        task = asyncio.create_task(work, name=name)
        self._errands.add(task)
        task.add_done_callback(partial(self._errand_ended, passes))

    async def first_to_end(self) -> PartEnded | None:
        """Wait until the process is to stop: None, or what ended too early."""
        first = self._future()
        stopped = asyncio.create_task(self._stopped.wait())
        either: list[asyncio.Future[Any]] = [stopped, first]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        return first.result() if first.done() else None

    async def end(self, within_s: float) -> None:
        """Wait for the parts that leave by themselves, then cancel what is left."""
        self._stopped.set()
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=within_s)
        left = [task for task in (*self.tasks.values(), *self._errands) if not task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=within_s)

    def _future(self) -> asyncio.Future[PartEnded]:
        if self._first is None:
            self._first = asyncio.get_running_loop().create_future()
        return self._first

    def _part_ended(self, task: asyncio.Task[None]) -> None:
        cause = asyncio.CancelledError() if task.cancelled() else task.exception()
        self._note(task.get_name(), cause)

    def _errand_ended(self, passes: Callable[[BaseException], bool], task: asyncio.Task[Any]) -> None:
        self._errands.discard(task)
        raised = None if task.cancelled() else task.exception()
        if raised is not None and not passes(raised):
            self._note(task.get_name(), raised)

    def _note(self, name: str, cause: BaseException | None) -> None:
        if self._stopped.is_set():
            if cause is not None and not isinstance(cause, asyncio.CancelledError):
                logger.error("%s failed while the process stops", name, exc_info=cause)
            return
        logger.critical("%s ended, and the process with it", name, exc_info=cause)
        if not self._future().done():
            self._future().set_result(PartEnded(name, cause))

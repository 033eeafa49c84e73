"""The threads that synchronous code of requests runs on, shared fairly among callers.

What waits holds no thread, and leaves when its client does. There are no more threads than database connections: a
call that runs has its connection, and nobody waits for one while he keeps others from running.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from weakref import ref

from django.db import close_old_connections

from core.asgi.owners import KNOWN, Caller
from core.fairness.turns import FairTurns

CALLER: ContextVar[Caller] = ContextVar("heddle_caller")
NOBODY = Caller("")  # work of the process itself
T = TypeVar("T")


@dataclass(slots=True, eq=False, weakref_slot=True)
class Work:
    """One call that waits for a thread or has one. Its future must not hold it: its result would outlive the call."""

    caller: Caller
    call: Callable[[], Any]
    owner: Hashable = None  # whom it is counted for
    future: Future[Any] = field(default_factory=Future)
    is_waiting: bool = True


class RequestThreads(Executor):
    """So many threads, each call on one for as long as it runs. They keep no database connection between two calls."""

    def __init__(self, threads: int, name: str) -> None:
        self.threads = threads
        self._turns: FairTurns[Work] = FairTurns(threads)
        self._running: set[Work] = set()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def waiting_of(self, owner: Hashable) -> int:
        with self._lock:
            return len(self._turns.waiting_of(owner))

    def submit(self, call: Callable[..., T], /, *arguments: Any, **keywords: Any) -> Future[T]:
        """Run a call as soon as it is its caller's turn: the caller of the context that this is called in."""
        caller = CALLER.get(NOBODY)
        work = Work(caller, partial(call, *arguments, **keywords))
        with self._lock:
            work.owner = caller.owner
            self._turns.join(work.owner, work)
        work.future.add_done_callback(partial(self._left, ref(work)))
        self._serve()
        return work.future

    def know(self, caller: Caller, user: Hashable) -> None:
        """Say which user a caller is: what runs or waits with the same credentials counts for him from now on."""
        with self._lock:
            before = caller.owner
            if before == user:
                return
            caller.user = user
            if caller.digest is not None:
                KNOWN.learn(caller.digest, user)
            self._move(caller, before, user)
        self._serve()

    def _move(self, caller: Caller, before: Hashable, user: Hashable) -> None:
        for work in self._turns.waiting_of(before):
            if work.caller.is_like(caller):
                self._turns.leave(before, work)
                self._turns.join(user, work)
                work.owner = user
        for work in self._running:
            if work.owner == before and work.caller.is_like(caller):
                self._turns.hand_over(before, user)
                work.owner = user

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def _left(self, its_work: ref[Work], _: Future[Any]) -> None:
        """Forget a call that was cancelled before its turn came."""
        work = its_work()
        with self._lock:
            if work is None or not work.is_waiting:
                return
            work.is_waiting = False
            self._turns.leave(work.owner, work)
        self._serve()

    def _serve(self) -> None:
        chosen: list[Work] = []
        with self._lock:
            while (served := self._turns.serve()) is not None:
                served[1].is_waiting = False
                self._running.add(served[1])
                chosen.append(served[1])
        for work in chosen:
            self._pool.submit(self._run, work)

    def _run(self, work: Work) -> None:
        try:
            if work.future.set_running_or_notify_cancel():
                _settle(work)
        finally:
            with self._lock:
                self._running.discard(work)
                self._turns.give_back(work.owner)
            self._serve()


def _settle(work: Work) -> None:
    try:
        result = _tidied(work.call)
    except BaseException as exc:  # noqa: BLE001 (as every executor does: whoever waits is told)
        work.future.set_exception(exc)
    else:
        work.future.set_result(result)


def _tidied(call: Callable[[], T]) -> T:
    try:
        return call()
    finally:
        close_old_connections()

"""Questions of health to other servers: on threads and connections of their own, whatever requests hold.

An answer that is missing says why, and whose fault it is: a process that is too busy to ask knows nothing of others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import redis
from django.db import Error as DatabaseError
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from core.database.errors import kind_of

LIMIT_S = 1.5
LOOK_EACH_S = 0.05
MOST_LATE_S = 0.5  # that this process may be late altogether before a silence counts as its own
AT_ONCE = 4  # questions to one server; more wait for those that are not answered
Probe = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe found, or why it found nothing; `is_ours`: for this process's sake."""

    found: Any = None
    reason: str = ""
    is_ours: bool = False


class Server:
    """A server that is asked, and the threads for it: those of one that hangs are no other's."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"health {name}")

    def ask(self, probe: Probe) -> Future[Any]:
        return self._threads.submit(probe)


DATABASE, REDIS = Server("database"), Server("redis")


def ask(
    probes: Mapping[str, tuple[Server, Probe]], *, clock: Callable[[], float] = time.monotonic
) -> dict[str, Answer]:
    """Run probes side by side; returns by their names what they found within `LIMIT_S`."""
    futures = {name: server.ask(probe) for name, (server, probe) in probes.items()}
    late_s = _wait(futures.values(), clock)
    return {name: _answer(future, is_late=late_s > MOST_LATE_S) for name, future in futures.items()}


def _wait(futures: Any, clock: Callable[[], float]) -> float:
    """Wait for all; returns how much later than it asked to this thread was woken, altogether."""
    begin = now = clock()
    late_s = 0.0
    open_ones = set(futures)
    while open_ones and now < begin + LIMIT_S:
        open_ones = wait(open_ones, LOOK_EACH_S).not_done
        before, now = now, clock()
        late_s += max(now - before - LOOK_EACH_S, 0.0)
    return late_s


def _answer(future: Future[Any], *, is_late: bool) -> Answer:
    if not future.done():
        future.cancel()  # of what has not begun nobody wants to know any more
        silence = f"no answer in {LIMIT_S:g} s"
        return Answer(reason=f"web: {silence}, as this process is busy" if is_late else silence, is_ours=is_late)
    exc = future.exception()
    if exc is None:
        return Answer(future.result())
    if isinstance(exc, DatabaseError | redis.RedisError | OSError):
        return Answer(reason=kind_of(exc.__cause__ or exc))
    raise exc


def with_own_connection(look: Callable[[BaseDatabaseWrapper], Any]) -> Any:
    """Look into the database over a connection that is in no pool."""
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    try:
        return look(own)
    finally:
        own.close()

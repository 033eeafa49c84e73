"""Beat's ticks: a queue of their own, which every worker consumes with threads of its own.

A worker's other tasks may fill its pool; what keeps the house going (the sweeper, heartbeats, cleaning up) never waits
behind them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from celery import shared_task
from celery.concurrency.thread import TaskPool
from celery.worker import strategy as strategies
from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)

QUEUE = "ticks"
THREADS = 2


@cache
def _pool() -> TaskPool:
    pool = TaskPool(THREADS)
    pool.start()
    return pool


class _OnOwnThreads:
    """A worker's consumer, but for the pool that its tasks run in."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self.pool = _pool()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._consumer, name)


def strategy(task: Any, app: Any, consumer: Any, **options: Any) -> Any:
    """Return how a worker takes a tick up: as any task, in our threads."""
    return strategies.default(task, app, _OnOwnThreads(consumer), **options)


def tick(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Make a periodic task. It may be late and may be lost: the next one does what it would have done."""
    options: dict[str, Any] = {"name": name, "ignore_result": True, "Strategy": "core.process.ticks:strategy"}
    made: Callable[[Callable[..., Any]], Any] = shared_task(**options)
    return made


def alone(work: Callable[[], object]) -> None:
    """Do one thing of several that a tick is for: what it raises is noted, and the others are done."""
    try:
        work()
    except DatabaseError:
        logger.warning("a tick could not be done", exc_info=True)
        connection.close()
    except Exception:
        logger.exception("a tick raised")

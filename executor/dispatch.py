"""Hand-over to workers: a message says "look", the row is the queue."""

from __future__ import annotations

import atexit
import contextlib
import logging
import queue
import threading
from collections.abc import Sequence
from uuid import UUID

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from core.json import dumps_lossy
from core.redis import run_stream

logger = logging.getLogger(__name__)
RUN_EXECUTIONS = "executor.run_executions"
RUN_NODES = "executor.run_nodes"
SWEEP = "executor.sweep"
AT_ONCE = 20
BELL_S = 60  # a bell that nobody heard for so long is in vain: the sweeper rings again
_redis = redis.Redis.from_url(
    settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
)


class Bell:
    """A thread that tells workers of runs: at once while it is quiet, several in one message under load.

    A message costs a millisecond here and another one at the worker. What a dying process did not send is found in its
    row.
    """

    def __init__(self) -> None:
        self._wanted: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._rung = threading.Event()

    def ring(self, execution_id: UUID) -> None:
        self._rung.clear()
        self._wanted.put(str(execution_id))
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._serve, name="bell", daemon=True)
                    self._thread.start()

    def _serve(self) -> None:
        while True:
            ids = [self._wanted.get()]
            with contextlib.suppress(queue.Empty):
                while len(ids) < AT_ONCE:
                    ids.append(self._wanted.get_nowait())
            send(ids)
            if self._wanted.empty():
                self._rung.set()

    def wait(self, seconds: float) -> None:
        """Wait until all is sent; a process that ends has to."""
        if self._thread is not None:
            self._rung.wait(seconds)


def send(execution_ids: Sequence[str]) -> None:
    """Tell a worker of runs. With Redis away they wait in their rows until the sweeper or an engine finds them."""
    try:
        current_app.send_task(
            RUN_EXECUTIONS, kwargs={"execution_ids": list(execution_ids)}, queue="workflows", ignore_result=True,
            expires=BELL_S,
        )  # fmt: skip
    except (OperationalError, RedisError, OSError) as exc:
        logger.warning("%d executions wait in their rows, Redis is away: %s", len(execution_ids), exc)


def send_nodes(queue_name: str) -> None:
    """Tell the workers of a queue that nodes wait for them; without Redis they find out by themselves."""
    try:
        current_app.send_task(RUN_NODES, kwargs={"queue": queue_name}, queue=queue_name, ignore_result=True, expires=60)
    except (OperationalError, RedisError, OSError) as exc:
        logger.warning("nodes wait for the queue %s, Redis is away: %s", queue_name, exc)


_bell = Bell()
atexit.register(_bell.wait, 1)


def ring(execution_id: UUID) -> None:
    """Tell a worker of a run."""
    _bell.ring(execution_id)


def enqueue_run(execution_id: UUID) -> None:
    """Tell a worker of a run once the transaction is in."""
    transaction.on_commit(lambda: ring(execution_id))


def announce_command(execution_id: UUID) -> None:
    """Tell all engines that a command was set, once the transaction is in."""
    transaction.on_commit(lambda: _send(run_stream.COMMANDS, {"id": str(execution_id)}))


def announce_work() -> None:
    """Tell all engines that there is something in the queue, once the transaction is in."""
    transaction.on_commit(lambda: _send(run_stream.WORK, {}))


def announce_many(*, commands: Sequence[UUID] = (), events: Sequence[UUID] = (), ends: Sequence[UUID] = ()) -> None:
    """Tell of many runs what the functions here tell of one, in one go, once the transaction is in."""
    if commands or events or ends:
        transaction.on_commit(lambda: _send_many(commands, events, ends))


def _send_many(commands: Sequence[UUID], events: Sequence[UUID], ends: Sequence[UUID]) -> None:
    pipeline = _redis.pipeline(transaction=False)
    for execution_id in commands:
        pipeline.publish(run_stream.COMMANDS, dumps_lossy({"id": str(execution_id)}))
    for execution_id in events:
        run_stream.add(pipeline, execution_id, run_stream.LOOK_AT_ROWS)
    for execution_id in ends:
        pipeline.publish(run_stream.ENDED, dumps_lossy({"id": str(execution_id)}))
    try:
        pipeline.execute()
    except (RedisError, OSError) as exc:
        logger.warning("Redis is away, nobody is told: %s", exc)


def announce_end(execution_id: UUID) -> None:
    """Wake who waits for the end of a run that no worker held."""
    transaction.on_commit(lambda: _send(run_stream.ENDED, {"id": str(execution_id)}))


def announce_tasks(user_ids: Sequence[str]) -> None:
    """Tell these users' sockets that tasks were opened or closed, once the transaction is in."""
    transaction.on_commit(lambda: _send(run_stream.TASKS, {"user_ids": list(user_ids)}))


def announce_events(execution_id: UUID) -> None:
    """Tell readers of a run's events that there are new rows to read, once the transaction is in."""
    transaction.on_commit(lambda: _look_at_rows(execution_id))


def _look_at_rows(execution_id: UUID) -> None:
    try:
        run_stream.add(_redis, execution_id, run_stream.LOOK_AT_ROWS)
    except (RedisError, OSError) as exc:
        logger.warning("Redis is away, nobody is told: %s", exc)


def _send(channel: str, message: dict[str, object]) -> None:
    try:
        _redis.publish(channel, dumps_lossy(message))
    except (RedisError, OSError) as exc:
        logger.warning("Redis is away, nobody is told: %s", exc)

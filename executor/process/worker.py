"""The engine inside a Celery worker process: one thread with one event loop, started and stopped with the worker."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from celery.worker import state
from django.conf import settings
from django.db import close_old_connections, connection

from core.process import ticks
from executor import dispatch
from executor.driver import loading
from executor.process import outbox_room
from executor.process.engine import EngineConfig
from executor.process.engine_thread import EngineThread
from executor.process.quarantine import STUCK, code_of
from executor.verbs import dead_letters, verbs
from nodes.registry import builtin_catalogue

logger = logging.getLogger(__name__)
WORKFLOWS = "workflows"
LAST_WORDS_S = 15.0


def run_in_database(work: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Run ORM work in a thread of the engine and give the connection back to the pool."""
    close_old_connections()
    try:
        return work(*arguments, **keywords)
    finally:
        connection.close()


def database_url() -> str:
    """Return the database's URL for psycopg, with the name Django uses (tests have their own)."""
    values = connection.settings_dict
    parts = {"host": values["HOST"], "port": values["PORT"], "user": values["USER"], "password": values["PASSWORD"]}
    parts["dbname"] = values["NAME"]
    return " ".join(f"{name}='{_escaped(str(value))}'" for name, value in parts.items() if value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def default_config(queues: Collection[str] = (WORKFLOWS, "nodes"), name: str = "") -> EngineConfig:
    """Return what an engine in this process needs; `queues` are those its worker consumes."""
    others = tuple(sorted(set(queues) - {WORKFLOWS, settings.CELERY_TASK_DEFAULT_QUEUE, ticks.QUEUE}))
    return EngineConfig(
        worker_id=uuid4(),
        database_url=database_url(),
        redis_url=settings.REDIS_URL,
        load=loading.load,
        cached=loading.cached,
        run_in_database=run_in_database,
        stop_below=verbs.stop_below,
        allowed_hosts=settings.HTTP_ALLOWED_PRIVATE_HOSTS,
        name=name,
        runs_at_once=settings.RUNS_PER_PROCESS,
        takes_runs=WORKFLOWS in queues,
        queues=others,
        nodes_at_once=settings.NODES_PER_PROCESS,
        sandbox_parents=settings.SANDBOX_PARENTS,
        memory_bytes=settings.WORKER_MEMORY_MB * 2**20,
        compute_places=settings.COMPUTE_PLACES,
        compute_memory_bytes=settings.COMPUTE_MEMORY_MB * 2**20,
        sandbox_at_start=settings.SANDBOX_AT_START,
        catalogue=builtin_catalogue(),
        abilities=settings.NODE_ABILITIES,
        tell_of_wake=verbs.woken,
        send_nodes=dispatch.send_nodes,
        keep_dead_letter=dead_letters.keep_lost_run,
    )


def worker_config(queues: Collection[str], name: str) -> EngineConfig:
    """Return what the engine of a worker process needs, which may end it and start others."""
    command = partial(quarantine_command, queues)
    config = default_config(queues, name)
    return replace(
        config, on_stuck=end_stuck, on_end=end_before_long, quarantine=command, beside=outbox_room.standing
    )  # fmt: skip


def quarantine_command(queues: Collection[str], worker_id: UUID) -> Sequence[str]:
    """Return the command of a process that takes one by one what took its processes down."""
    program = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_alone"]
    return [*program, "--worker-id", str(worker_id), "--queues", ",".join(queues), "--parent", str(os.getpid())]


def end_stuck() -> None:
    """End this process at once: its loop does not come back, so nothing of it can be closed."""
    os._exit(STUCK)


def end_process(cause: BaseException) -> None:
    """End this worker with a code that says it broke: what started it starts it again."""
    logger.critical("this worker ends: %s", cause)
    setattr(state, "should_stop", code_of(cause))  # noqa: B010 (the stubs know it only as it is at first)
    end_before_long(cause)


def end_before_long(cause: BaseException) -> None:
    """See to it that this process ends in a while, whatever its tasks and threads hang on."""
    last = threading.Timer(LAST_WORDS_S, os._exit, (code_of(cause),))
    last.daemon = True
    last.start()


THREAD = EngineThread(default_config, on_death=end_process)


@worker_ready.connect
def start_engine(sender: Any = None, **_signal: object) -> None:
    """Start the engine; it takes runs and serves queues as the worker was told to (`celery worker -Q …`)."""
    if sender is not None:
        consumed = list(sender.app.amqp.queues.consume_from)
        if settings.QUEUES_WITHOUT_ENGINE.issuperset(consumed):
            return
        THREAD.configure(partial(worker_config, consumed, str(sender.hostname)))
        outbox_room.open_room(consumed, end_process)
    THREAD.start()
    logger.info("engine is up")


@worker_shutting_down.connect
def stop_engine(**_signal: object) -> None:
    threading.Thread(target=THREAD.stop, name="engine stop").start()
    outbox_room.begin_closing()


@worker_shutdown.connect
def join_engine(**_signal: object) -> None:
    THREAD.stop()
    outbox_room.close_room()

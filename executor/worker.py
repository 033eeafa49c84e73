"""The engine inside a Celery worker process: one thread with one event loop, started and stopped with the worker."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from functools import partial
from typing import Any
from uuid import uuid4

import uvloop
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import close_old_connections, connection

from executor import dispatch, loading, verbs
from executor.engine import Engine, EngineConfig
from nodes.registry import builtin_catalogue

logger = logging.getLogger(__name__)
WORKFLOWS = "workflows"


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


class EngineThread:
    """Holds the engine and its loop."""

    def __init__(self, make_config: Callable[[], EngineConfig] | None = None) -> None:
        self._make_config = make_config or default_config
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.engine: Engine | None = None
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)

    def configure(self, make_config: Callable[[], EngineConfig]) -> None:
        """Say how the engine is made; before `start`."""
        self._make_config = make_config

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(30)

    def ring(self, execution_id: str) -> None:
        """Tell the engine of a run, from any thread."""
        if self._loop is not None and self.engine is not None:
            self._loop.call_soon_threadsafe(self.engine.ring, execution_id)

    def look_at_queues(self) -> None:
        """Tell the engine of nodes on its queues, from any thread."""
        if self._loop is not None and self.engine is not None:
            self._loop.call_soon_threadsafe(self.engine.jobs.look)

    def stop(self, grace_s: float = 10) -> None:
        """Let runs end for a while, hand the rest back."""
        if self._loop is None or self.engine is None or not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self.engine.close(grace_s), self._loop)
        self._thread.join(grace_s + 10)

    def _main(self) -> None:
        uvloop.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.engine = Engine(self._make_config())
        self._ready.set()
        await self.engine.serve()


def default_config(queues: Collection[str] = (WORKFLOWS, "nodes")) -> EngineConfig:
    """Return what an engine in this process needs; `queues` are those its worker consumes."""
    return EngineConfig(
        worker_id=uuid4(),
        database_url=database_url(),
        redis_url=settings.REDIS_URL,
        load=loading.load,
        cached=loading.cached,
        run_in_database=run_in_database,
        stop_below=verbs.stop_below,
        allowed_hosts=settings.HTTP_ALLOWED_PRIVATE_HOSTS,
        runs_at_once=settings.RUNS_PER_PROCESS,
        takes_runs=WORKFLOWS in queues,
        queues=tuple(sorted(set(queues) - {WORKFLOWS, settings.CELERY_TASK_DEFAULT_QUEUE})),
        nodes_at_once=settings.NODES_PER_PROCESS,
        sandbox_parents=settings.SANDBOX_PARENTS,
        compute_places=settings.COMPUTE_PLACES,
        compute_memory_bytes=settings.COMPUTE_MEMORY_MB * 2**20,
        sandbox_at_start=settings.SANDBOX_AT_START,
        catalogue=builtin_catalogue(),
        tell_of_wake=verbs.woken,
        send_nodes=dispatch.send_nodes,
    )


THREAD = EngineThread()


@worker_ready.connect
def start_engine(sender: Any = None, **_signal: object) -> None:
    """Start the engine; it takes runs and serves queues as the worker was told to (`celery worker -Q …`)."""
    consumed = list(sender.app.amqp.queues.consume_from) if sender is not None else []
    THREAD.configure(partial(default_config, consumed) if consumed else default_config)
    THREAD.start()
    logger.info("engine is up, for %s", ", ".join(consumed) or "all queues")


@worker_shutting_down.connect
def stop_engine(**_signal: object) -> None:
    threading.Thread(target=THREAD.stop, name="engine stop").start()


@worker_shutdown.connect
def join_engine(**_signal: object) -> None:
    THREAD.stop()

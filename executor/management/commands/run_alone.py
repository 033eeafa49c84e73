"""`manage.py run_alone`: what a worker starts for runs and nodes that took their processes down, one at a time."""

from __future__ import annotations

import os
import signal
import threading
import time
from argparse import ArgumentParser
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from executor.process.engine import EngineConfig
from executor.process.engine_thread import EngineThread
from executor.process.quarantine import IDLE_S, code_of
from executor.process.worker import default_config, end_before_long, end_stuck

LOOK_EVERY_S = 0.5


class Command(BaseCommand):
    help = "Run, one at a time, what took its workers down. Workers start it; it ends when there is nothing left."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--worker-id", type=UUID, required=True)
        parser.add_argument("--queues", default="workflows", help="those of the worker that asks, by commas")
        parser.add_argument("--parent", type=int, required=True, help="the worker; when it is gone, so are we")

    def handle(self, *arguments: Any, **options: Any) -> None:
        queues = options["queues"].split(",")

        def config() -> EngineConfig:
            return replace(
                default_config(queues), worker_id=options["worker_id"], is_alone=True,
                on_stuck=end_stuck, on_end=end_before_long,
                runs_at_once=1, nodes_at_once=1, sandbox_parents=1, sandbox_at_start=False,
            )  # fmt: skip

        told = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: told.set())
        thread = EngineThread(config, on_death=lambda cause: os._exit(code_of(cause)))
        thread.start()
        idle_since = time.monotonic()
        while not told.wait(LOOK_EVERY_S) and os.getppid() == options["parent"]:
            if thread.engine is not None and not thread.engine.is_idle:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > IDLE_S:
                break
        thread.stop()

"""An engine in a process of its own, with nodes that do harm: what `celery worker` holds, without Celery.

`python -m tests.processes.engine_process` with DATABASE_URL and REDIS_URL of a test. What breaks it shows in its exit code.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import glob
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")

import django

django.setup()

from compiler.compiler import compile_definition
from compiler.definition import from_body
from executor.driver.graph_program import GraphProgram
from executor.models import Definition
from executor.process import watchdog
from executor.process.engine import EngineConfig
from executor.process.engine_thread import EngineThread
from executor.process.memory import MIB
from executor.process.quarantine import IDLE_S, code_of
from executor.process.worker import default_config, end_stuck
from nodes.base import Effect, Look, NodeContext, NodeParams, NodeResult, NodeType
from nodes.builtin import BUILTIN
from nodes.items import Item
from nodes.registry import catalogue_of


class HarmParams(NodeParams):
    how: str


class Harm(NodeType[HarmParams]):
    """Takes its process down, one way or the other."""

    kind = "harm"
    effect: ClassVar[Effect] = "read"
    Params = HarmParams
    look = Look("Harm", "Only for tests.", "flow")

    async def run(self, params: HarmParams, item: Item, ctx: NodeContext) -> NodeResult:
        if params.how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if params.how == "stuck":
            time.sleep(600)  # noqa: ASYNC251 (that is the harm)
        if params.how == "held":
            ctypes.PyDLL(None).sleep(600)  # with the interpreter: none of its threads can run
        if params.how == "part":
            next(task for task in asyncio.all_tasks() if task.get_name() == "polling").cancel()
            await asyncio.sleep(60)
        if params.how == "grow":
            await self._grow(item["json"]["mark"])
        if params.how == "small":
            await self._small(item["json"]["mark"], item["json"]["name"])
        if params.how == "once" and not os.path.exists(item["json"]["mark"]):
            open(item["json"]["mark"], "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return NodeResult.of({**item["json"], "harm": params.how})

    async def _grow(self, mark: str) -> None:
        """Take memory that nobody counts, beside small ones; in a second process once those are through."""
        await seen(f"{mark}.*.ended" if os.path.exists(mark) else f"{mark}.*.began")
        with open(mark, "a") as file:
            file.write(f"{os.getpid()} ")
        taken: list[bytes] = []
        while len(taken) < 60:
            taken.append(b"x" * 10 * MIB)
            await asyncio.sleep(0.02)
        await asyncio.sleep(60)

    async def _small(self, mark: str, name: str) -> None:
        """Stay as long as the process that is going to be filled."""
        Path(f"{mark}.{name}.began").touch()
        while not os.path.exists(mark) or str(os.getpid()) in Path(mark).read_text().split():
            await asyncio.sleep(0.1)
        Path(f"{mark}.{name}.ended").touch()


async def seen(pattern: str, count: int = 3) -> None:
    """Wait until there are so many files."""
    while len(glob.glob(pattern)) < count:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # what made them goes on to its end


CATALOGUE = catalogue_of([*BUILTIN, Harm])


def load(definition_hash: str, entry: str, owner_id: UUID) -> Any:
    body = from_body(Definition.objects.get(pk=definition_hash).body)
    if any(node.data.label == "breaks the engine" for node in body.nodes):
        raise RuntimeError("the engine broke while it loaded this")
    return GraphProgram(compile_definition(body, CATALOGUE, entry=entry)[0])


def alone(worker_id: UUID) -> list[str]:
    program = [sys.executable, "-m", "tests.processes.engine_process"]
    return [*program, "--alone", "--worker-id", str(worker_id), "--parent", str(os.getpid())]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--worker-id", type=UUID)
    parser.add_argument("--parent", type=int, default=0)
    asked = parser.parse_args()

    def config() -> EngineConfig:
        known: dict[str, Any] = {
            "load": load, "cached": lambda definition_hash, entry: None, "catalogue": CATALOGUE, "on_stuck": end_stuck,
            "sandbox_at_start": False,
        }  # fmt: skip
        if asked.alone:
            known |= {"worker_id": asked.worker_id, "is_alone": True, "runs_at_once": 1, "nodes_at_once": 1}
        else:
            known |= {"quarantine": alone, "name": "test-worker"}
        return replace(default_config(), **known)

    watchdog.HELD_S = 8.0
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    thread = EngineThread(config, on_death=lambda cause: os._exit(code_of(cause)))
    thread.start()
    idle_since = time.monotonic()
    while not told.wait(0.1) and (not asked.alone or os.getppid() == asked.parent):
        if thread.engine is not None and not thread.engine.is_idle:
            idle_since = time.monotonic()
        elif asked.alone and time.monotonic() - idle_since > IDLE_S:
            break
    thread.stop(grace_s=1)


if __name__ == "__main__":
    main()

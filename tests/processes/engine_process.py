"""An engine in a process of its own, with nodes that do harm: what `celery worker` holds, without Celery.

`python -m tests.processes.engine_process` with DATABASE_URL and REDIS_URL of a test. What breaks it shows in its exit code.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")

import django

django.setup()

from compiler.compiler import compile_definition
from compiler.definition import from_body
from executor import watchdog
from executor.engine import EngineConfig
from executor.engine_thread import EngineThread
from executor.models import Definition
from executor.quarantine import IDLE_S, code_of
from executor.worker import default_config, end_stuck
from nodes.base import Effect, Item, Look, NodeContext, NodeParams, NodeResult, NodeType
from nodes.builtin import BUILTIN
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
        if params.how == "once" and not os.path.exists(item["json"]["mark"]):
            open(item["json"]["mark"], "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return NodeResult.of({**item["json"], "harm": params.how})


CATALOGUE = catalogue_of([*BUILTIN, Harm])


def load(definition_hash: str, entry: str, owner_id: UUID) -> Any:
    body = from_body(Definition.objects.get(pk=definition_hash).body)
    if any(node.data.label == "breaks the engine" for node in body.nodes):
        raise RuntimeError("the engine broke while it loaded this")
    return compile_definition(body, CATALOGUE, entry=entry)[0]


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

    watchdog.STUCK_S = 4.0
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

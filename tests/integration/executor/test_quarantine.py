"""What takes its process down: tried twice among others, once alone, then ended; who shared the process loses nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from compiler.compiler import compile_definition
from compiler.definition import read
from executor.domain.new_run import NewRun
from executor.models import DeadLetter, Execution, RunState
from executor.process import engine, lease, watchdog
from executor.process.quarantine import BROKEN, HELD, MEMORY, STUCK, cause_of
from executor.queue import recovery
from executor.verbs import executions
from tests.builders import chain, node
from tests.integration.executor.running import check_events, eventually, finished, until
from tests.processes.engine_process import CATALOGUE
from tests.processes.environment import environment

pytestmark = pytest.mark.django_db(transaction=True)


class Worker:
    """An engine's process that is started again whenever it ends, as a supervisor does."""

    def __init__(self, **more: str) -> None:
        self.codes: list[int] = []
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = environment(HTTP_ALLOWED_PRIVATE_HOSTS="127.0.0.1", HEDDLE_PROCESS="test", **more)
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._over.is_set():
            program = [sys.executable, "-m", "tests.processes.engine_process"]
            self._process = subprocess.Popen(program, cwd=settings.BASE_DIR, env=self._environment)
            self.codes.append(self._process.wait())
            recovery.process_died(process="test", pid=self._process.pid, cause=cause_of(self.codes[-1]))
            connection.close()

    def stop(self) -> None:
        self._over.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(20)


@pytest.fixture
def worker(db: None) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.stop()


def start(document: dict[str, Any], value: Any = None) -> UUID:
    definition = read(document)
    compiled, _ = compile_definition(definition, CATALOGUE)
    hashes = executions.store_definition(definition)
    run = NewRun(
        owner_id=uuid4(), workflow_id=None, workflow_name="Test", definition_hash=hashes[0], layout_hash=hashes[1],
        trigger_node_id=compiled.plan.entry, input=value or {}, total=compiled.plan.total,
    )  # fmt: skip
    return executions.start(run=run, now=timezone.now()).execution_id


def swept_until(execution_id: UUID, wanted: set[str], limit_s: float = 90) -> Execution:
    """Sweep as beat does, until a run has come so far."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        recovery.sweep()
        execution = Execution.objects.select_related("state").get(pk=execution_id)
        if execution.state.status in wanted:
            return execution
        time.sleep(0.2)
    raise AssertionError(f"{execution_id} is {execution.state.status}")


CAUSES = {
    "killed": "killed by SIGKILL",
    "stuck": "stood still",
    "held": "held its interpreter",
    "part": "ended with code 70",
}
CODES = {"killed": -signal.SIGKILL, "stuck": STUCK, "held": HELD, "part": BROKEN}


@pytest.mark.parametrize("how", list(CAUSES))
def test_what_takes_its_process_down_ends_alone_and_with_its_cause(worker: Worker, how: str) -> None:
    quiet = [start(chain(node("w", "wait", {"seconds": 2.5}), node("z"))) for _ in range(3)]
    for execution_id in quiet:
        until(execution_id, {"running"}, 90)
    culprit = start(chain(node("h", "harm", {"how": how}), node("z")))
    ended = swept_until(culprit, {"failed", "completed"}, 150)

    assert ended.state.status == "failed"
    assert (ended.end_reason, (ended.error or {})["code"]) == ("worker_lost", "worker_lost")
    assert CAUSES[how] in (ended.error or {})["message"]
    assert ended.state.recoveries == 3, "twice among others, once alone"
    assert worker.codes == [CODES[how]] * 2
    check_events(ended)
    letter = eventually(DeadLetter.objects.first)
    assert letter.kwargs == {"execution_ids": [str(culprit)]}
    assert CAUSES[how] in letter.exception
    for execution_id in quiet:
        execution = swept_until(execution_id, {"completed", "failed"})
        assert execution.state.status == "completed", execution.error
        check_events(execution)
        if how == "stuck":
            assert execution.state.suspicion == 0, "the loop was seen to stand in another one"
    after = start(chain(node("z")))
    assert finished(after, 30).state.status == "completed", "the worker goes on"


def test_a_process_that_stands_ends_before_its_lease_and_one_of_its_own_before_others_take_what_it_holds() -> None:
    assert min(lease.LEASE_S, recovery.LEASE_S) > watchdog.STUCK_S + lease.HEARTBEAT_S
    assert watchdog.HELD_S + lease.HEARTBEAT_S + 8 * engine.POLL_S < 3 * recovery.LEASE_S


def test_what_fills_its_process_fails_alone_and_its_neighbours_are_not_suspected(db: None, tmp_path: Path) -> None:
    """Nobody counts what it takes, so the process ends; it is the one that holds most of what is counted."""
    mark, small = str(tmp_path / "mark"), chain(node("s", "harm", {"how": "small"}), node("z"))
    quiet = [start(small, {"mark": mark, "name": name}) for name in "abc"]
    value = {"mark": mark, "text": "x" * 100_000}
    culprit = start(chain(node("g", "harm", {"how": "grow"}), node("z")), value)
    worker = Worker(HEDDLE_WORKER_MEMORY_MB="450")
    try:
        ended = swept_until(culprit, {"failed", "completed"}, 300)
        neighbours = [swept_until(execution_id, {"completed", "failed"}) for execution_id in quiet]
    finally:
        worker.stop()

    assert (ended.state.status, (ended.error or {})["code"]) == ("failed", "memory_limit")
    assert (worker.codes[:2], ended.state.suspicion) == ([MEMORY, MEMORY], 2)
    for execution in neighbours:
        check_events(execution)
        assert (execution.state.status, execution.state.suspicion) == ("completed", 0), execution.state.loss_cause
        assert execution.state.recoveries == 1


def test_a_run_whose_process_was_lost_by_chance_goes_on_among_others(worker: Worker, tmp_path: Path) -> None:
    execution_id = start(chain(node("h", "harm", {"how": "once"}), node("z")), {"mark": str(tmp_path / "mark")})
    ended = swept_until(execution_id, {"failed", "completed"})
    assert (ended.state.status, ended.state.recoveries, ended.state.suspicion) == ("completed", 1, 1)
    assert worker.codes == [-9]


def test_the_same_exception_of_the_engine_again_is_tried_alone_and_ends_the_run(worker: Worker) -> None:
    until(start(chain(node("z"))), {"completed"}, 90)
    execution_id = start(chain(node("breaks the engine", "no_op")))
    ended = swept_until(execution_id, {"failed", "completed"})
    assert (ended.state.status, ended.end_reason) == ("failed", "worker_lost")
    assert "the engine broke while it loaded this" in (ended.error or {})["message"]
    assert ended.state.recoveries == 3
    assert worker.codes == [], "the process itself was never at stake"
    assert RunState.objects.filter(status="running").count() == 0

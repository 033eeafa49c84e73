"""Parts of a worker that end early: the process ends with them, hands its runs back, and another one goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from core.models import ProcessHeartbeat
from executor.database.statements import Control
from executor.domain.signals import LeaseTooShort
from executor.models import NodeJob, NodeRun, RunState
from executor.process import lease
from executor.process.engine import Engine
from executor.process.engine_thread import EngineEnded, EngineThread
from executor.process.lease import Lease
from executor.process.quarantine import BROKEN
from executor.process.supervision import PartEnded
from executor.process.worker import database_url
from tests.builders import chain, node
from tests.integration.executor.running import (
    GATE,
    SEEN,
    behave,
    check_events,
    engine_thread,
    eventually,
    finished,
    queue,
    until,
)  # fmt: skip
from tests.processes.environment import environment

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = ("journal", "heartbeat", "polling", "claims", "publisher", "commands", "watchdog")


class Sabotage:
    """Lets one part of an engine end when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, part: str, how: str) -> None:
        self.now = threading.Event()
        loops = Engine._loops

        def sabotaged(engine: Engine) -> dict[str, Coroutine[Any, Any, None]]:
            found = loops(engine)
            found[part] = self.part(engine, found[part], part, how)
            return found

        monkeypatch.setattr(Engine, "_loops", sabotaged)

    async def part(self, engine: Engine, real: Coroutine[Any, Any, None], name: str, how: str) -> None:
        work = asyncio.create_task(real)
        while not self.now.is_set():
            await asyncio.sleep(0.01)
        work.cancel()
        if how == "cancelled":
            engine.parts.tasks[name].cancel()
            await asyncio.sleep(5)
        if how == "raises":
            raise RuntimeError("sabotage")


@pytest.fixture
def fresh() -> None:
    SEEN.clear()
    GATE.clear()


def seen(turn: tuple[str, str]) -> None:
    """Wait until a node has begun."""
    end = time.monotonic() + 20
    while turn not in SEEN:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("how", ["raises", "cancelled", "returns"])
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_ends_ends_the_engine_and_hands_its_runs_back(
    fresh: None, monkeypatch: pytest.MonkeyPatch, part: str, how: str
) -> None:
    with monkeypatch.context() as patched:
        sabotage = Sabotage(patched, part, how)
        told: list[BaseException] = []
        thread = engine_thread()
        thread._on_death = told.append
        thread.start()
        execution_id = queue(chain(behave("a", "pass", "effect"), behave("b", "gate"), node("z")))
        thread.ring(str(execution_id))
        seen(("gate", f"{execution_id}:b::0"))
        eventually(lambda: NodeRun.objects.filter(node_id="a", status="completed").exists())
        sabotage.now.set()
        thread.join(15)

    assert not thread.is_alive
    [death] = told
    assert isinstance(death, PartEnded)
    assert death.name == part
    state = RunState.objects.get(pk=execution_id)
    assert (state.status, state.worker_id, state.suspicion) == ("pending", None, 1)
    assert part in (state.loss_cause or "")
    assert not ProcessHeartbeat.objects.filter(kind="worker").exists(), "nothing looks alive"

    GATE.set()
    other = engine_thread()
    other.start()
    other.ring(str(execution_id))
    execution = finished(execution_id)
    other.stop(1)
    assert execution.state.status == "completed"
    assert [how for how, _ in SEEN].count("pass") == 1, "what was in the journal did not run again"
    check_events(execution)


def test_an_engine_that_handed_all_back_is_not_heard_of_while_its_nodes_linger(
    fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "HEARTBEAT_S", 0.1)
    with monkeypatch.context() as patched:
        sabotage = Sabotage(patched, "publisher", "raises")
        thread = engine_thread()
        thread.start()
        execution_id = queue(chain(behave("a", "stubborn")))
        thread.ring(str(execution_id))
        seen(("stubborn", f"{execution_id}:a::0"))
        sabotage.now.set()
        thread.join(15)

    assert RunState.objects.get(pk=execution_id).status == "pending"
    assert not ProcessHeartbeat.objects.filter(kind="worker").exists()


def test_an_engine_that_nobody_stopped_is_missed(fresh: None) -> None:
    told: list[BaseException] = []
    thread = engine_thread()
    thread._on_death = told.append
    thread.start()
    assert thread.engine is not None
    assert thread._loop is not None
    asyncio.run_coroutine_threadsafe(thread.engine.close(0.1), thread._loop)
    thread.join(60)
    assert [type(one) for one in told] == [EngineEnded]


def test_a_worker_of_another_queue_hands_its_nodes_back(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    near = engine_thread(queues=())
    near.start()
    execution_id = queue(chain(behave("far", "gate", settings={"queue": "gpu"}), node("z")))
    near.ring(str(execution_id))
    until(execution_id, {"waiting"})
    with monkeypatch.context() as patched:
        sabotage = Sabotage(patched, "publisher", "raises")
        far = engine_thread(takes_runs=False, queues=("gpu",))
        far.start()
        seen(("gate", f"{execution_id}:far::0"))
        sabotage.now.set()
        far.join(15)
    assert isinstance(far.death, PartEnded)
    job = NodeJob.objects.get(execution_id=execution_id)
    assert (job.status, job.worker_id, job.suspicion) == ("pending", None, 1)

    GATE.set()
    again = engine_thread(takes_runs=False, queues=("gpu",))
    again.start()
    assert finished(execution_id).state.status == "completed"
    for thread in (near, again):
        thread.stop(1)


def test_an_engine_that_handed_its_nodes_back_takes_none_of_them_again(
    fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        sabotage = Sabotage(patched, "publisher", "raises")
        thread = engine_thread(queues=("gpu",))
        thread.start()
        lingers = queue(chain(behave("a", "stubborn")))
        far = queue(chain(behave("far", "gate", settings={"queue": "gpu"}), node("z")))
        for execution_id in (lingers, far):
            thread.ring(str(execution_id))
        seen(("stubborn", f"{lingers}:a::0"))
        seen(("gate", f"{far}:far::0"))
        sabotage.now.set()
        thread.join(15)

    job = NodeJob.objects.get(execution_id=far)
    assert (job.status, job.worker_id, job.suspicion, job.epoch) == ("pending", None, 1, 1)


def test_an_errand_that_raises_ends_the_engine_too(fresh: None) -> None:
    thread: EngineThread = engine_thread()
    thread.start()
    assert thread.engine is not None
    assert thread._loop is not None

    async def broken() -> None:
        raise RuntimeError("an errand broke")

    parts = thread.engine.parts
    thread._loop.call_soon_threadsafe(lambda: parts.send(broken(), "errand"))
    thread.join(15)
    assert isinstance(thread.death, PartEnded)


def test_a_celery_worker_whose_part_broke_ends_with_a_code_and_its_run_goes_on(fresh: None) -> None:
    execution_id = queue(chain(node("w", "wait", {"seconds": 4}), node("z")), owner=uuid4())
    program = [sys.executable, "-m", "celery", "-q", "-A", "tests.processes.worker_with_a_broken_part", "worker"]
    program += ["-n", f"broken{os.getpid()}@here", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
    worker = subprocess.Popen(program, cwd=settings.BASE_DIR, env=environment(), start_new_session=True)
    try:
        assert worker.wait(60) == BROKEN
    finally:
        if worker.poll() is None:
            worker.kill()
            worker.wait()
    state = RunState.objects.get(pk=execution_id)
    assert (state.status, state.suspicion) == ("pending", 1)
    engine = engine_thread()
    engine.start()
    assert finished(execution_id, 20).state.status == "completed"
    engine.stop(1)


def test_a_process_that_has_said_good_bye_is_not_heard_of_again() -> None:
    name, url = uuid4(), database_url()

    async def go() -> None:
        control = Control(url, asyncio.Event())
        lease = Lease(control, name, "late", lambda now: {})
        await lease.beat({})
        lease.check()
        await lease.end()
        await lease.beat({})
        with pytest.raises(LeaseTooShort):
            lease.check()
        await control.close()

    asyncio.run(go())
    assert not ProcessHeartbeat.objects.filter(pk=name).exists()

"""Clocks that jump, disks that are full, runs a worker forgot: delays, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from core import clock
from core.clock import database_now
from executor.models import Execution, NodeRun, RunState, Wait
from executor.process.engine_thread import EngineThread
from executor.queue import recovery
from orchestrator.models import Occurrence, Schedule, Workflow
from orchestrator.triggers import schedules
from tests.builders import chain, node
from tests.integration.executor.running import SEEN, behave, check_events, engine_thread, finished, queue, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def engine(db: None) -> Iterator[EngineThread]:
    SEEN.clear()
    thread = engine_thread()
    thread.start()
    yield thread
    thread.stop(grace_s=1)


class Jumping(datetime):
    """A machine's clock that somebody sets."""

    off = timedelta(0)

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return datetime.now(tz or UTC) + cls.off


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_jumps_moves_no_timer_and_no_lease(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    monkeypatch.setattr(clock, "datetime", Jumping)
    slow = queue(chain(behave("a", "pass", "effect"), node("w", "wait", {"seconds": 7}), behave("z", "pass", "effect")))
    Jumping.off = off
    engine.ring(str(slow))
    until(slow, {"waiting"})
    wait = Wait.objects.get(execution_id=slow)
    assert wait.until is not None
    assert timedelta(seconds=4) < wait.until - database_now() <= timedelta(seconds=7.1)
    Jumping.off = -off
    quick = queue(chain(node("w", "wait", {"seconds": 0.2}), behave("z", "pass", "effect")))
    engine.ring(str(quick))
    execution = finished(quick)
    assert abs(execution.finished_at - database_now()) < timedelta(seconds=20)
    assert 200 <= execution.duration_ms < 10_000
    recovery.sweep()
    assert RunState.objects.get(pk=slow).status == "waiting", "nobody lost a lease"
    assert finished(slow, 20).state.status == "completed"
    assert len(SEEN) == 3
    check_events(execution)


def test_a_run_started_by_a_machine_whose_clock_is_ahead_is_found(engine: EngineThread) -> None:
    execution_id = queue(chain(node("z")))
    Execution.objects.filter(pk=execution_id).update(created_at=timezone.now() + timedelta(hours=3))
    assert RunState.objects.get().queued_at <= database_now(), "the queue goes by the database's clock"
    assert finished(execution_id, 12).state.status == "completed"


def test_a_clock_that_jumps_starts_no_moment_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = Workflow.objects.create(owner_id=uuid4(), name="w", slug="w", deployed_hash="x", deployed_version=1)
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    schedule = Schedule.objects.create(
        workflow=workflow, owner_id=workflow.owner_id, node_id="t", interval_s=600, timezone="UTC",
        missed="run_all", overlap="skip", next_run_at=now,
    )  # fmt: skip
    started: list[datetime] = []

    def start(one: Schedule, moment: datetime, **more: Any) -> Any:
        started.append(moment)
        return uuid4()

    monkeypatch.setattr(schedules, "start", start)
    for jump in (0, 3600, -3600, 1800, 7200, 0, 7200):
        schedules.fire(schedule.pk, now + timedelta(seconds=jump))
    moments = list(Occurrence.objects.filter(schedule=schedule).order_by("due_at").values_list("due_at", flat=True))
    assert moments == [now + timedelta(seconds=600 * step) for step in range(len(moments))]
    assert len(started) == len(set(moments)), "each once, however the clock ran"


def test_a_full_disk_delays_a_run_and_loses_nothing(engine: EngineThread) -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
            END $$;
            CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE ON executor_noderun EXECUTE FUNCTION disk_is_full()
        """)
    try:
        execution_id = queue(chain(behave("a", "pass"), behave("b", "pass", "effect"), node("z")))
        engine.ring(str(execution_id))
        time.sleep(1.5)
        assert RunState.objects.get().status == "running"
        assert not NodeRun.objects.exists()
        assert [how for how, _ in SEEN] == ["pass"], "no effect starts before what it depends on is stored"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER disk_is_full ON executor_noderun; DROP FUNCTION disk_is_full")
    execution = finished(execution_id)
    assert execution.state.status == "completed", execution.error
    assert [key for _, key in SEEN] == [f"{execution_id}:a::0", f"{execution_id}:b::0"]
    check_events(execution)


def test_a_run_that_its_worker_forgot_is_given_back(engine: EngineThread) -> None:
    assert engine.engine is not None
    execution_id = queue(chain(behave("a", "pass"), node("z")))
    RunState.objects.update(
        status="running",
        epoch=1,
        worker_id=engine.engine.config.worker_id,
        claimed_at=timezone.now() - timedelta(hours=1),
    )
    assert finished(execution_id, 20).state.status == "completed"
    assert RunState.objects.get().epoch == 2

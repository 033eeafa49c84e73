"""Spans of months and the ends of time: a run that waited long is a run like any other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from core.models import ProcessHeartbeat
from executor.models import NodeRun, RunState
from executor.process.engine_thread import EngineThread
from executor.queue import recovery
from executor.sql import verbs_sql
from executor.verbs import verbs
from executor.verbs.why import reasons_of
from tests.builders import chain, edge, graph, node
from tests.integration.executor.running import behave, check_events, finished, queue, run, until

pytestmark = pytest.mark.django_db(transaction=True)
MONTHS = timedelta(days=400)
WAITS = chain(behave("a", "pass"), node("w", "wait", {"mode": "signal", "signal": "go"}), behave("z", "pass"))


def waited(engine: EngineThread, document: dict[str, Any] = WAITS) -> UUID:
    """Return a run that has waited for more than a year."""
    execution_id = queue(document)
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})
    RunState.objects.filter(pk=execution_id).update(
        queued_at=F("queued_at") - MONTHS, started_at=F("started_at") - MONTHS
    )
    return execution_id


def test_a_run_goes_on_after_a_wait_of_a_year(engine: EngineThread) -> None:
    execution_id = waited(engine)

    verbs.signal(execution_id=execution_id, name="go", payload=None)
    engine.ring(str(execution_id))
    execution = finished(execution_id)

    assert execution.state.status == "completed"
    assert execution.duration_ms > MONTHS.total_seconds() * 1000 > 2**31
    check_events(execution)
    assert run(engine, chain(behave("a", "pass"))).state.status == "completed"


@pytest.mark.parametrize("verb", ["stop", "pause"])
def test_a_run_that_waited_a_year_can_be_stopped_and_paused(engine: EngineThread, verb: str) -> None:
    execution_id = waited(engine)
    if verb == "pause":
        verbs.pause(execution_id=execution_id, by=uuid4())
        verbs.signal(execution_id=execution_id, name="go", payload=None)
        assert until(execution_id, {"paused"})
        RunState.objects.filter(pk=execution_id).update(queued_at=F("queued_at") - MONTHS)
        verbs.resume(execution_id=execution_id)
        engine.ring(str(execution_id))
        assert finished(execution_id).state.status == "completed"
        return
    verbs.stop(execution_id=execution_id, by=uuid4(), reason="", now=timezone.now())

    assert finished(execution_id).duration_ms > 2**31


def test_runs_that_were_at_work_when_the_machine_went_off_for_a_year_are_taken_up(engine: EngineThread) -> None:
    lost_id, stopped_id, fresh_id = (queue(chain(behave("a", "pass"))) for _ in range(3))
    for execution_id, since in ((lost_id, MONTHS), (stopped_id, MONTHS), (fresh_id, timedelta(seconds=60))):
        ago = timezone.now() - since
        worker = ProcessHeartbeat.objects.create(id=uuid4(), kind="worker", beat_at=ago)
        RunState.objects.filter(pk=execution_id).update(
            status="running", worker_id=worker.pk, epoch=1, claimed_at=ago, started_at=ago
        )
    RunState.objects.filter(pk=stopped_id).update(command="stop", claimed_at=timezone.now() - 2 * MONTHS)
    steady = {"since": (timezone.now() - timedelta(seconds=30)).isoformat()}  # one that was there all the time
    ProcessHeartbeat.objects.create(id=uuid4(), kind="worker", beat_at=timezone.now(), details=steady)

    recovery.sweep()
    stopped = finished(stopped_id)
    assert stopped.state.status == "cancelled"
    assert min(stopped.duration_ms, stopped.state.running_ms) > 2**31
    for execution_id in (lost_id, fresh_id):
        engine.ring(str(execution_id))
        check_events(finished(execution_id))
    assert finished(fresh_id).state.status == "completed"
    assert finished(lost_id).state.status == "completed", "while it is off, nobody's time runs"


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "UTC"])
def test_a_wait_until_the_end_of_time_is_a_wait(engine: EngineThread, zone: str) -> None:
    document = chain(node("w", "wait", {"mode": "until", "until": "9999-12-31T23:59:59.999"}), timezone=zone)
    execution_id = queue(document)
    engine.ring(str(execution_id))
    execution = until(execution_id, {"waiting"})

    (why,) = reasons_of(execution)
    assert why["until"].startswith("9999-12-31T")
    verbs.stop(execution_id=execution_id, by=uuid4(), reason="", now=timezone.now())
    assert finished(execution_id).state.status == "cancelled"


def test_loops_in_loops_with_the_longest_ids_keep_every_row(engine: EngineThread) -> None:
    ids = [f"{'ü' * 60}-{at:03}" for at in range(5)]
    loops = [node(one, "loop", {"count": 2}) for one in ids]
    edges = [edge(one, inner, "loop") for one, inner in zip(ids, ids[1:], strict=False)]
    edges += [edge(inner, one, "done") for one, inner in zip(ids, ids[1:], strict=False)]
    inmost = behave("i" * 64, "pass")
    edges += [edge(ids[-1], inmost["id"], "loop"), edge(inmost["id"], ids[-1])]
    document = graph([*loops, inmost], [edge("start", ids[0]), *edges])
    execution = run(engine, document, {"n": 1})

    assert execution.state.status == "completed", execution.error
    rows = NodeRun.objects.filter(execution_id=execution.pk, node_id=inmost["id"])
    assert rows.count() == 2 ** len(ids)
    assert max(len(path.encode()) for path in rows.values_list("path", flat=True)) > 600


def test_looking_for_what_is_due_reads_no_wait_that_is_not() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO executor_wait (execution_id, node_id, path, number, kind, until, created_at)
            SELECT gen_random_uuid(), 'w', '', 0, 'timer', clock_timestamp() + interval '1 year', clock_timestamp()
            FROM generate_series(1, 20000)""")
        cursor.execute("ANALYZE executor_wait")
        cursor.execute(f"EXPLAIN (COSTS OFF) {verbs_sql.DUE}", {"reason": "timer"})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond: (until <=" in plan, plan

"""Runs that lost their worker or cannot be loaded: what counts as their time, whose questions are closed, how soon."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from core.json import dumps_text
from core.models import ProcessHeartbeat, User
from executor.domain.running_time import RunningTime
from executor.driver.loading import Unloadable
from executor.models import DeadLetter, HumanTask, NodeRun, RunState
from executor.process.engine_thread import EngineThread
from executor.queue import recovery
from executor.selectors import execution_by_id, stored_events
from executor.sql import journal_sql, lost_runs_sql
from tests.builders import chain, edge, graph, node
from tests.integration.executor.running import behave, check_events, engine_thread, eventually, finished, queue, until

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "worker1@a"
ASKS = graph(
    [node("ask", "human_task", {"title": "Pay?"}), node("also", "human_task", {"title": "Really?"})],
    [edge("start", "ask"), edge("start", "also")],
)


def lost_run(*, ran_s: float, silent_s: float, **state: Any) -> tuple[UUID, ProcessHeartbeat]:
    """Return a run at work in a worker that was last seen `silent_s` ago, after `ran_s` of it."""
    execution_id, now = queue(chain(node("z"))), timezone.now()
    seen = now - timedelta(seconds=silent_s)
    worker = ProcessHeartbeat.objects.create(
        id=uuid4(), kind="worker", beat_at=seen, details={"name": NAME, "process": "mark", "pid": 77}
    )
    begun = seen - timedelta(seconds=ran_s)
    RunState.objects.filter(pk=execution_id).update(
        **{"status": "running", "worker_id": worker.pk, "epoch": 1, "claimed_at": begun, "started_at": begun, **state}
    )
    return execution_id, worker


def beat_of(worker_id: UUID) -> dict[str, Any]:
    return {"id": worker_id, "details": dumps_text({"name": NAME}), "name": NAME, "lease_s": 10}


def test_an_outage_of_everything_is_nobodys_running_time(db: None) -> None:
    """All is off for an hour; then a worker comes up under the name of the one that was lost."""
    execution_id, worker = lost_run(ran_s=4, silent_s=3000)
    with connection.cursor() as cursor:
        cursor.execute(journal_sql.HEARTBEAT, beat_of(uuid4()))
    worker.refresh_from_db()
    assert worker.kind == "gone"

    assert recovery.sweep()[0] == 1
    state = RunState.objects.get(pk=execution_id)
    assert (state.status, state.running_ms) == ("pending", 4000)


def test_a_worker_that_was_taken_for_gone_and_was_not_is_a_worker_again(db: None) -> None:
    one, other = uuid4(), uuid4()
    with connection.cursor() as cursor:
        for worker_id in (one, other, one):
            ProcessHeartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=60))
            cursor.execute(journal_sql.HEARTBEAT, beat_of(worker_id))
    assert dict(ProcessHeartbeat.objects.values_list("id", "kind")) == {one: "worker", other: "gone"}


def test_time_in_which_the_database_is_away_ends_no_run() -> None:
    async def spend() -> tuple[list[float], float]:
        began, ends = time.monotonic(), asyncio.Event()
        running = RunningTime(lambda: min(time.monotonic() - began, 1.0))  # away for the first second
        over: list[float] = []

        def end() -> None:
            over.append(time.monotonic() - began)
            ends.set()

        running.call_after(0.2, end)
        await asyncio.wait_for(ends.wait(), 20)
        return over, running.spent_s()

    over, spent_s = asyncio.run(spend())
    assert len(over) == 1
    assert over[0] >= 1.2
    assert spent_s >= 0.2


def asked(engine: EngineThread, owner: User, **state: Any) -> UUID:
    """Return a run with two open questions, at work in a worker of which nobody knows."""
    execution_id = queue(ASKS, owner=owner.pk)
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})
    RunState.objects.filter(pk=execution_id).update(
        **{"status": "running", "worker_id": uuid4(), "claimed_at": timezone.now(), **state}
    )
    return execution_id


@pytest.mark.parametrize("way", ["lost", "stopped", "unloadable", "unclaimable"])
def test_a_run_that_is_ended_from_outside_closes_its_questions_and_tells(
    engine: EngineThread, user: User, way: str
) -> None:
    state: dict[str, Any] = {"suspicion": 5} if way == "lost" else {"command": "stop"} if way == "stopped" else {}
    execution_id = asked(engine, user, **state)
    with connection.cursor() as cursor:
        if way in ("lost", "stopped"):
            recovery.sweep()
        elif way == "unloadable":
            epoch = RunState.objects.get(pk=execution_id).epoch
            cursor.execute(lost_runs_sql.FAIL_UNLOADABLE, {"id": execution_id, "epoch": epoch})
        else:
            RunState.objects.filter(pk=execution_id).update(status="pending", suspicion=2, worker_id=None)
            cursor.execute(lost_runs_sql.FAIL_UNCLAIMABLE, {"id": execution_id, "cause": "22003"})
    execution = execution_by_id(execution_id)
    assert execution.state.status == ("cancelled" if way == "stopped" else "failed")
    assert set(HumanTask.objects.values_list("status", flat=True)) == {"cancelled"}
    assert not NodeRun.objects.filter(execution_id=execution_id, status__in=["waiting", "running"]).exists()
    assert check_events(execution).count("human_task.closed") == 2


def test_a_run_that_goes_on_after_its_worker_was_lost_keeps_its_questions(engine: EngineThread, user: User) -> None:
    execution_id = asked(engine, user)
    recovery.sweep()
    engine.ring(str(execution_id))
    execution = until(execution_id, {"waiting"})
    assert execution.state.recoveries == 1
    assert set(HumanTask.objects.values_list("status", flat=True)) == {"pending"}
    assert "human_task.closed" not in {event.type for event in stored_events(execution_id, 0, 100)}


def test_what_a_dead_process_held_goes_back_at_once(db: None) -> None:
    """Only the one with the mark and the number: a child of it, and one of another machine, live on."""
    dead, worker = lost_run(ran_s=2, silent_s=1)
    others = [lost_run(ran_s=2, silent_s=1) for _ in range(2)]
    for (_, other), details in zip(
        others, ({"process": "mark", "pid": 78}, {"process": "else", "pid": 77}), strict=True
    ):
        ProcessHeartbeat.objects.filter(pk=other.pk).update(details=details)

    assert recovery.process_died(process="mark", pid=77, cause="it was killed by SIGKILL") == 1
    state = RunState.objects.get(pk=dead)
    assert (state.status, state.suspicion, state.running_ms) == ("pending", 1, 2000)
    assert state.loss_cause == "it was killed by SIGKILL"
    assert not ProcessHeartbeat.objects.filter(pk=worker.pk).exists()
    assert {RunState.objects.get(pk=execution_id).status for execution_id, _ in others} == {"running"}


def test_a_run_that_nobody_can_try_alone_ends_with_the_process_it_killed_last(db: None) -> None:
    execution_id, _ = lost_run(ran_s=2, silent_s=1, suspicion=recovery.MOST_LOST - 1)
    assert recovery.process_died(process="mark", pid=77, cause="it ended with code 71") == 1
    execution = execution_by_id(execution_id)
    assert (execution.state.status, execution.end_reason) == ("failed", "worker_lost")
    assert DeadLetter.objects.count() == 1


@pytest.mark.parametrize(("suspects", "suspicions"), [("nobody known", [0, 2]), ("the first", [1, 1]), (None, [1, 1])])
def test_who_was_in_two_processes_that_ended_for_no_known_reason_is_tried_alone(
    db: None, suspects: str | None, suspicions: list[int]
) -> None:
    first, worker = lost_run(ran_s=2, silent_s=1)
    again, _ = lost_run(ran_s=2, silent_s=1, recoveries=1, worker_id=worker.pk)
    named = None if suspects is None else [first] if suspects == "the first" else []
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"worker": worker.pk, "cause": "memory", "ends": False, "suspects": named}
        cursor.execute(lost_runs_sql.GIVE_UP, asked)
    assert [RunState.objects.get(pk=one).suspicion for one in (first, again)] == suspicions


def test_what_is_tried_alone_is_given_to_others_after_three_leases_only(db: None) -> None:
    """The worker that started its process is its judge; where both are gone, somebody else tries."""
    ordinary, _ = lost_run(ran_s=2, silent_s=15)
    judged, _ = lost_run(ran_s=2, silent_s=15, suspicion=2)
    orphan, _ = lost_run(ran_s=2, silent_s=40, suspicion=2)
    details = {"name": "other", "since": (timezone.now() - timedelta(minutes=5)).isoformat()}
    ProcessHeartbeat.objects.create(id=uuid4(), kind="worker", beat_at=timezone.now(), details=details)
    assert recovery.sweep()[0] == 2
    states = [RunState.objects.get(pk=one) for one in (ordinary, judged, orphan)]
    assert [(state.status, state.suspicion) for state in states] == [("pending", 1), ("running", 2), ("pending", 3)]


def test_a_worker_says_by_which_mark_its_supervisor_knows_it(db: None, settings: Any) -> None:
    settings.PROCESS = "a mark"
    engine = engine_thread()
    engine.start()
    row = eventually(ProcessHeartbeat.objects.filter(kind="worker").first)
    assert (row.details["process"], row.details["pid"]) == ("a mark", os.getpid())
    engine.stop(1)


def test_a_definition_that_cannot_be_loaded_fails_its_run_with_its_reason(db: None) -> None:
    def gone(definition_hash: str, entry: str, owner_id: UUID) -> Any:
        raise Unloadable(definition_hash)

    execution_id = queue(chain(behave("a", "pass")))
    engine = engine_thread(load=gone)
    engine.start()
    execution = finished(execution_id)
    engine.stop(1)
    assert (execution.error or {})["code"] == "compilation_failed"
    check_events(execution)

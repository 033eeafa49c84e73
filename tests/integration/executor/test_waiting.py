"""Waiting, pausing and being woken: a run that waits holds no worker, and no answer is ever lost."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from core.secrets.resume_tokens import execution_of
from executor.models import NodeRun, RunState, Wait
from executor.process.engine_thread import EngineThread
from executor.queue import recovery
from executor.selectors import execution_by_id, waiting_of
from executor.verbs import verbs
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import (
    GATE,
    SEEN,
    behave,
    check_events,
    engine_thread,
    finished,
    queue,
    run,
    statuses,
    until,
)

pytestmark = pytest.mark.django_db(transaction=True)
FOREVER = {"mode": "signal", "signal": "go"}


def waiter(node_id: str = "w", **params: Any) -> dict[str, Any]:
    return node(node_id, "wait", params or FOREVER)


def begin(engine: EngineThread, document: dict[str, Any], value: Any = None) -> UUID:
    execution_id = queue(document, value)
    engine.ring(str(execution_id))
    return execution_id


def held(engine: EngineThread) -> int:
    assert engine.engine is not None
    return len(engine.engine._tasks)


def test_a_run_that_waits_for_a_signal_lets_its_worker_go_and_goes_on_with_the_payload(engine: EngineThread) -> None:
    execution_id = begin(
        engine, chain(behave("a", "pass"), waiter(), set_node("z", got="{{ $json.signal.x }}")), {"n": 1}
    )
    waiting = until(execution_id, {"waiting"})
    time.sleep(0.05)

    assert held(engine) == 0
    shown = waiting_of(waiting)
    assert shown is not None
    assert (shown["reason"], shown["node_id"], shown["signal"]) == ("signal", "w", "go")
    assert statuses(waiting)["w"] == "waiting"

    verbs.signal(execution_id=execution_id, name="go", payload={"x": 7})
    engine.ring(str(execution_id))
    execution = finished(execution_id)

    assert [item["json"]["got"] for item in execution.output] == [7]
    assert [key for how, key in SEEN if how == "pass"] == [f"{execution_id}:a::0"]
    types = check_events(execution)
    assert [kind for kind in types if kind.startswith("execution.")] == [
        "execution.queued", "execution.started", "execution.waiting", "execution.queued", "execution.resumed",
        "execution.completed",
    ]  # fmt: skip


def test_a_signal_that_came_first_is_kept(engine: EngineThread) -> None:
    execution_id = begin(engine, chain(behave("a", "gate"), waiter()))
    until(execution_id, {"running"})
    verbs.signal(execution_id=execution_id, name="go", payload=1)
    verbs.signal(execution_id=execution_id, name="other", payload=2)
    GATE.set()

    execution = finished(execution_id)

    assert execution.output[0]["json"]["signal"] == 1
    assert "execution.waiting" not in check_events(execution)


def test_a_signal_nobody_sends_ends_by_time(engine: EngineThread) -> None:
    execution = run(engine, chain(waiter(mode="signal", signal="go", timeout_s=0.5)))

    assert execution.output[0]["json"] == {"signal": None, "timed_out": True}


def test_a_timer_wakes_a_run_that_nobody_holds(engine: EngineThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("executor.waits.turns.IN_MEMORY_S", 0)
    execution_id = begin(engine, chain(waiter(mode="duration", seconds=1.2), node("z")))
    assert until(execution_id, {"waiting"}).state.worker_id is None

    execution = finished(execution_id)

    assert execution.duration_ms >= 1200
    assert execution.state.running_ms < 1000


def test_short_waits_stay_in_memory(engine: EngineThread) -> None:
    execution = run(engine, chain(waiter(mode="duration", seconds=0.2)))

    assert "execution.waiting" not in check_events(execution)
    assert not Wait.objects.exists()


def test_until_a_moment_that_has_passed_goes_on_at_once(engine: EngineThread) -> None:
    assert run(engine, chain(waiter(mode="until", until="2020-01-01T00:00:00"))).state.status == "completed"


def test_other_branches_go_on_while_one_waits(engine: EngineThread) -> None:
    document = graph(
        [waiter(), behave("a", "pass"), set_node("b", x=1), node("m", "merge")],
        [edge("start", "w"), edge("start", "a"), edge("a", "b"), edge("w", "m", into="input_1"),
         edge("b", "m", into="input_2")],
    )  # fmt: skip
    execution_id = begin(engine, document)
    waiting = until(execution_id, {"waiting"})

    assert statuses(waiting) == {"start": "completed", "w": "waiting", "a": "completed", "b": "completed"}
    verbs.signal(execution_id=execution_id, name="go", payload=None)
    engine.ring(str(execution_id))
    assert len(finished(execution_id).output) == 2


def test_an_answer_reaches_a_run_that_is_still_at_work(engine: EngineThread) -> None:
    document = graph(
        [waiter(), set_node("after", y=1), behave("a", "gate")],
        [edge("start", "w"), edge("w", "after"), edge("start", "a")],
    )
    execution_id = begin(engine, document)
    while not Wait.objects.filter(execution_id=execution_id).exists():
        time.sleep(0.01)
    verbs.signal(execution_id=execution_id, name="go", payload=None)
    end = time.monotonic() + 5
    while statuses(execution_by_id(execution_id)).get("after") != "completed" and time.monotonic() < end:
        time.sleep(0.01)

    assert statuses(execution_by_id(execution_id))["after"] == "completed"
    assert execution_by_id(execution_id).state.status == "running"
    GATE.set()
    assert "execution.waiting" not in check_events(finished(execution_id))


def test_waits_in_rounds_of_a_loop_are_answered_one_by_one(engine: EngineThread) -> None:
    document = graph(
        [node("L", "loop", {"concurrency": 3}), waiter()],
        [edge("start", "L"), edge("L", "w", "loop"), edge("w", "L")],
    )
    execution_id = begin(engine, document, [{"n": n} for n in range(3)])
    until(execution_id, {"waiting"})
    assert Wait.objects.filter(execution_id=execution_id).count() == 3
    for payload in "abc":
        verbs.signal(execution_id=execution_id, name="go", payload=payload)
        engine.ring(str(execution_id))
        time.sleep(random.uniform(0, 0.1))

    execution = finished(execution_id)

    assert sorted(item["json"]["signal"] for item in execution.output) == ["a", "b", "c"]
    assert [item["json"]["n"] for item in execution.output] == [0, 1, 2]
    check_events(execution)


def test_a_run_that_waits_for_nothing_is_woken(engine: EngineThread) -> None:
    execution_id = begin(engine, chain(waiter(), node("z")))
    until(execution_id, {"waiting"})
    Wait.objects.update(answered_at=timezone.now(), answer={"by": "signal", "payload": 1})  # and nobody woke it
    assert recovery.wake_the_stuck() == 0, "not before its time"
    RunState.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    assert recovery.wake_the_stuck() == 1
    engine.ring(str(execution_id))
    assert finished(execution_id).state.status == "completed"


def test_answers_at_any_moment_are_never_lost(engine: EngineThread) -> None:
    """The answer falls before, during and after the suspension; no run may stay waiting."""
    chance = random.Random(7)
    ids = [begin(engine, chain(waiter(), set_node("z", ok=True))) for _ in range(60)]

    def answer(execution_id: UUID, after_s: float) -> None:
        time.sleep(after_s)
        verbs.signal(execution_id=execution_id, name="go", payload=None)
        engine.ring(str(execution_id))
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answer, ids, [chance.uniform(0, 0.1) for _ in ids]))
    for execution_id in ids:
        execution = finished(execution_id, 20)
        assert execution.state.status == "completed"
        check_events(execution)


def test_a_token_resumes_once(engine: EngineThread) -> None:
    document = chain(set_node("t", token="{{ $execution.resume_token }}"), waiter(signal="paid", mode="signal"))
    execution_id = begin(engine, document)
    until(execution_id, {"waiting"})
    token = NodeRun.objects.get(execution_id=execution_id, node_id="t").outputs["main"][0]["json"]["token"]

    assert execution_of(token) == str(execution_id)
    assert execution_of(f"{token}x") is None
    verbs.resume_by_token(execution_id=execution_id, payload={"paid": True})
    with pytest.raises(verbs.ResumeTokenUsed):
        verbs.resume_by_token(execution_id=execution_id, payload={})
    engine.ring(str(execution_id))
    assert finished(execution_id).output[0]["json"]["signal"] == {"paid": True}


# -- pause and resume ----------------------------------------------------------------------------------------------------
def test_pause_takes_effect_before_the_next_node_and_resume_goes_on_there(engine: EngineThread) -> None:
    execution_id = begin(engine, chain(behave("a", "gate"), behave("b", "pass")))
    until(execution_id, {"running"})
    assert verbs.pause(execution_id=execution_id, by=uuid4())
    assert not verbs.pause(execution_id=execution_id, by=uuid4())
    time.sleep(0.4)  # the engine has heard of it by then
    GATE.set()
    paused = until(execution_id, {"paused"})

    assert statuses(paused) == {"start": "completed", "a": "completed"}
    assert paused.state.command is None
    verbs.resume(execution_id=execution_id)
    engine.ring(str(execution_id))
    execution = finished(execution_id)
    assert statuses(execution)["b"] == "completed"
    assert [how for how, _ in SEEN] == ["gate", "pass"]
    check_events(execution)


def test_a_pause_can_be_taken_back_before_it_came_to_be(engine: EngineThread) -> None:
    execution_id = begin(engine, chain(behave("a", "gate"), behave("b", "pass")))
    until(execution_id, {"running"})
    verbs.pause(execution_id=execution_id, by=uuid4())
    time.sleep(0.4)
    verbs.resume(execution_id=execution_id)
    time.sleep(0.4)
    GATE.set()

    assert "execution.paused" not in check_events(finished(execution_id))
    with pytest.raises(verbs.IllegalTransition):
        verbs.resume(execution_id=execution_id)


def test_a_waiting_run_that_is_paused_becomes_so_when_the_answer_comes(engine: EngineThread) -> None:
    execution_id = begin(engine, chain(waiter(), behave("b", "pass")))
    until(execution_id, {"waiting"})
    assert verbs.pause(execution_id=execution_id, by=uuid4())
    assert execution_by_id(execution_id).state.status == "waiting"
    verbs.signal(execution_id=execution_id, name="go", payload=None)

    assert execution_by_id(execution_id).state.status == "paused"
    verbs.resume(execution_id=execution_id)
    engine.ring(str(execution_id))
    assert finished(execution_id).state.status == "completed"


def test_a_queued_run_is_paused_on_the_spot(db: None) -> None:
    execution_id = queue(chain(node("a")))

    assert verbs.pause(execution_id=execution_id, by=uuid4())
    assert execution_by_id(execution_id).state.status == "paused"
    assert verbs.stop(execution_id=execution_id, by=uuid4(), reason=None, now=timezone.now())
    check_events(execution_by_id(execution_id))


def test_a_waiting_run_is_stopped_with_what_it_waits_for(engine: EngineThread) -> None:
    execution_id = begin(engine, chain(waiter()))
    until(execution_id, {"waiting"})
    assert verbs.stop(execution_id=execution_id, by=uuid4(), reason=None, now=timezone.now())

    execution = execution_by_id(execution_id)
    assert (execution.state.status, statuses(execution)["w"]) == ("cancelled", "cancelled")
    with pytest.raises(verbs.IllegalTransition):
        verbs.signal(execution_id=execution_id, name="go", payload=None)
    check_events(execution)


def test_shutdown_hands_back_a_run_between_two_nodes(engine: EngineThread) -> None:
    execution_id = begin(engine, chain(behave("a", "gate"), behave("b", "pass")))
    while not SEEN:
        time.sleep(0.01)
    stopping = threading.Thread(target=engine.stop, args=(5,))
    stopping.start()
    time.sleep(0.3)
    GATE.set()
    stopping.join()

    assert statuses(until(execution_id, {"pending"})) == {"start": "completed", "a": "completed"}
    second = engine_thread()
    second.start()
    try:
        second.ring(str(execution_id))
        assert finished(execution_id).state.status == "completed"
    finally:
        second.stop(grace_s=1)
    assert [how for how, _ in SEEN] == ["gate", "pass"]


def test_a_long_back_off_gives_the_worker_back(engine: EngineThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("executor.waits.turns.LONG_BACKOFF_S", 0.1)
    monkeypatch.setattr("executor.waits.turns.IN_MEMORY_S", 0)
    retry = {"retry": {"max_attempts": 3, "delay_s": 1, "backoff": 1}}
    execution_id = begin(engine, chain(behave("a", "flaky", times=2, settings=retry)))
    waiting = until(execution_id, {"waiting"})

    shown = waiting_of(waiting)
    assert shown is not None
    assert shown["reason"] == "retry_backoff"
    execution = finished(execution_id)
    assert execution.state.status == "completed"
    row = NodeRun.objects.get(execution_id=execution_id, node_id="a")
    assert (row.attempt, len(row.attempts)) == (3, 2)
    assert len(SEEN) == 3
    assert RunState.objects.get(pk=execution_id).wakes == 2
    check_events(execution)

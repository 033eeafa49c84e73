"""Nodes with a queue: another worker makes their turns, the rest of the run goes on, nobody is held meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from compiler.checks import findings
from compiler.definition import read
from compiler.graph import link
from executor.domain.memory_use import memory_limit
from executor.models import Execution, NodeJob, NodeRun, RunState, Wait
from executor.process.engine_thread import EngineThread
from executor.process.memory import OverBudget
from executor.queue import recovery
from executor.selectors import waiting_of
from executor.verbs import verbs
from executor.verbs.why import reasons_of
from nodes.registry import builtin_catalogue
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import (
    GATE,
    SEEN,
    behave,
    check_events,
    engine_thread,
    finished,
    queue,
    statuses,
    until,
)

pytestmark = pytest.mark.django_db(transaction=True)
ON_GPU = {"queue": "gpu"}


@pytest.fixture
def far(engine: EngineThread) -> Iterator[Callable[..., EngineThread]]:
    """Start workers that serve the queue `gpu` and take no runs; both sides hear of each other as by messages."""
    threads: list[EngineThread] = []

    def start(**fields: Any) -> EngineThread:
        there = engine_thread(
            takes_runs=False, queues=("gpu",), tell_of_wake=lambda execution_id, status: engine.ring(str(execution_id)),
            **fields,
        )  # fmt: skip
        threads.append(there)
        there.start()
        assert engine.engine is not None
        engine.engine.config = replace(engine.engine.config, send_nodes=lambda queue: there.look_at_queues())
        return there

    yield start
    GATE.set()
    for thread in threads:
        thread.stop(grace_s=1)


def begin(engine: EngineThread, document: dict[str, Any], value: Any = None) -> Any:
    execution_id = queue(document, value)
    engine.ring(str(execution_id))
    return execution_id


def wait_until(holds: Callable[[], bool], limit_s: float = 8) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def rows(execution_id: Any) -> dict[str, NodeRun]:
    return {row.node_id: row for row in NodeRun.objects.filter(execution_id=execution_id, path="")}


def test_a_long_back_off_gives_the_place_there_back_too(engine: EngineThread, far: Callable[..., EngineThread]) -> None:
    retry = {"max_attempts": 4, "delay_s": 40, "backoff": 1}
    execution_id = begin(engine, chain(behave("far", "flaky", times=2, settings={**ON_GPU, "retry": retry})))
    there = far(nodes_at_once=1)
    for made in (1, 2):
        wait_until(lambda made=made: sum(how == "flaky" for how, _ in SEEN) == made)  # type: ignore[misc]
        wait_until(
            lambda: NodeJob.objects.filter(status="pending", due_at__gt=timezone.now() + timedelta(seconds=25)).exists()
        )
        assert there.engine is not None
        assert there.engine.jobs.count == 0, "its place is free"
        NodeJob.objects.update(due_at=timezone.now())
        there.look_at_queues()
    execution = finished(execution_id)
    far_row = rows(execution_id)["far"]
    assert (execution.state.status, far_row.attempt, [one["number"] for one in far_row.attempts]) == (
        "completed", 3, [1, 2],
    )  # fmt: skip
    assert len({key for how, key in SEEN if how == "flaky"}) == 1


def test_a_run_waits_for_a_worker_of_the_queue_and_the_rest_goes_on(
    engine: EngineThread, far: Callable[[], EngineThread]
) -> None:
    document = graph(
        [behave("before", "pass"), behave("far", "{{ $json.how }}", settings=ON_GPU), set_node("near", x=1),
         node("join", "merge"), set_node("z", was="{{ $('before').item.json.n }}")],
        [edge("start", "before"), edge("before", "far"), edge("before", "near"), edge("far", "join", into="input_1"),
         edge("near", "join", into="input_2"), edge("join", "z")],
    )  # fmt: skip
    execution_id = begin(engine, document, [{"n": 1, "how": "pass"}, {"n": 2, "how": "fine"}])
    waiting = until(execution_id, {"waiting"})
    assert engine.engine is not None
    wait_until(lambda: engine.engine is not None and not engine.engine._tasks)
    assert statuses(waiting) == {"start": "completed", "before": "completed", "near": "completed", "far": "waiting"}
    shown = waiting_of(waiting)
    assert shown is not None and shown["reason"] == "remote_node"  # noqa: PT018
    (reason,) = reasons_of(waiting)
    assert reason["code"] == "remote_node"
    assert "none is running" in reason["message"]

    far()
    execution = finished(execution_id)
    check_events(execution)
    far_row = rows(execution_id)["far"]
    assert [item["json"]["done"] for item in far_row.outputs["main"]] == ["pass", "fine"]
    assert [item["pairedItem"] for item in far_row.outputs["main"]] == [{"item": 0}, {"item": 1}]
    assert [item["json"]["was"] for item in execution.output] == [1, 2, 1, 2]
    assert sorted(key for how, key in SEEN if how == "fine") == [f"{execution_id}:far::1"]
    recovery.look_closely()
    assert not NodeJob.objects.exists(), "what came back goes with its run"


def test_nobody_takes_all_places_of_a_queue(engine: EngineThread, far: Callable[..., EngineThread]) -> None:
    greedy, other = uuid4(), uuid4()
    held = graph([behave("far", "gate", settings=ON_GPU)], [edge("start", "far")])
    begun = [queue(held, owner=greedy) for _ in range(8)]
    for execution_id in begun:
        assert engine.engine is not None
        engine.ring(str(execution_id))
    wait_until(lambda: NodeJob.objects.filter(status="pending").count() == len(begun))
    there = far(nodes_at_once=4)
    wait_until(lambda: NodeJob.objects.filter(status="running").count() == 3)

    quick = graph([behave("far", "pass", settings=ON_GPU)], [edge("start", "far")])
    for _ in range(3):
        execution_id = queue(quick, owner=other)
        engine.ring(str(execution_id))
        assert finished(execution_id).state.status == "completed"
    assert there.engine is not None
    assert NodeJob.objects.filter(status="running").count() == 3
    GATE.set()
    assert {finished(execution_id).state.status for execution_id in begun} == {"completed"}


def test_failures_come_back_as_they_were(engine: EngineThread, far: Callable[[], EngineThread]) -> None:
    far()
    retry = {"retry": {"max_attempts": 3, "delay_s": 0.01}}
    document = graph(
        [behave("odd", "fail_odd", settings=ON_GPU), set_node("ok"), set_node("bad", why="{{ $json.error.code }}"),
         behave("flaky", "flaky", times=2, settings={**ON_GPU, **retry}),
         set_node("unknown", x="{{ $('odd').first().json.n }}")],
        [edge("start", "odd"), edge("odd", "ok"), edge("odd", "bad", "error"), edge("start", "flaky"),
         edge("odd", "unknown")],
    )  # fmt: skip
    execution = finished(begin(engine, document, [{"n": 0}, {"n": 1}]))
    assert execution.state.status == "completed", execution.error
    found = rows(execution.pk)
    assert [item["json"]["n"] for item in found["ok"].outputs["main"]] == [0]
    assert found["bad"].outputs["main"][0]["json"]["why"] == "no_luck"
    assert (found["odd"].error or {})["details"] == {"item": 1, "hint": "none"}
    assert found["flaky"].attempt > 1
    assert {entry["error"]["code"] for entry in found["flaky"].attempts} == {"no_luck"}

    lonely = finished(begin(engine, chain(behave("x", "fail", settings=ON_GPU))))
    assert (lonely.state.status, lonely.error["code"], lonely.error["node_id"]) == ("failed", "no_luck", "x")
    broken = finished(begin(engine, chain(behave("x", "nul", settings=ON_GPU))))
    assert broken.error["code"] == "invalid_output"
    wrong = finished(begin(engine, chain(behave("x", "{{ $now.setLocale('tlh') }}", settings=ON_GPU)), {"how": "a"}))
    assert wrong.error["code"] == "expression_error"


def test_nodes_of_a_loop_go_to_their_queue_round_by_round(
    engine: EngineThread, far: Callable[[], EngineThread]
) -> None:
    document = graph(
        [node("L", "loop", {"concurrency": 2}), behave("far", "round {{ $loop.index }}", settings=ON_GPU), node("z")],
        [edge("start", "L"), edge("L", "far", "loop"), edge("far", "L"), edge("L", "z", "done")],
    )
    execution_id = begin(engine, document, [{"n": n} for n in range(4)])
    until(execution_id, {"waiting"})
    far()
    execution = finished(execution_id)
    assert [item["json"]["done"] for item in execution.output] == [f"round {n}" for n in range(4)]
    check_events(execution)


def test_people_are_asked_about_what_failed_there(engine: EngineThread, far: Callable[[], EngineThread]) -> None:
    far()
    document = chain(behave("far", "flaky", times=1, settings={**ON_GPU, "on_error": "ask"}), node("z"))
    execution_id = begin(engine, document, {"n": 1})
    wait_until(lambda: Wait.objects.filter(kind="human_task", answered_at=None).exists())
    until(execution_id, {"waiting"})
    assert Wait.objects.get(kind="human_task").number == 1, "the first wait was for the worker"
    verbs.answer(place=verbs.Place(execution_id, "far", "", 1), value={"by": "person", "action": "retry"}, closed=None)
    engine.ring(str(execution_id))
    execution = finished(execution_id)
    assert execution.output[0]["json"]["done"] == "flaky"
    assert [how for how, _ in SEEN] == ["flaky", "flaky"]


def test_stopping_a_run_breaks_off_its_node_there(engine: EngineThread, far: Callable[[], EngineThread]) -> None:
    there = far()
    execution_id = begin(engine, chain(behave("far", "hang", settings=ON_GPU)))
    wait_until(lambda: ("hang", f"{execution_id}:far::0") in SEEN)
    verbs.stop(execution_id=execution_id, by=uuid4(), reason="", now=Execution.objects.get().created_at)
    assert finished(execution_id, 3).state.status == "cancelled"
    wait_until(lambda: there.engine is not None and not there.engine.jobs._tasks, 3)


def test_a_lost_worker_loses_no_node(engine: EngineThread, far: Callable[[], EngineThread]) -> None:
    execution_id = begin(engine, chain(behave("far", "pass", "effect", settings=ON_GPU)))
    until(execution_id, {"waiting"})
    NodeJob.objects.update(status="running", worker_id=uuid4(), epoch=1)  # by one that died at once
    recovery.sweep()
    assert NodeJob.objects.get().status == "pending"
    far()
    assert finished(execution_id).state.status == "completed"
    assert [key for _, key in SEEN] == [f"{execution_id}:far::0"]

    again = begin(engine, chain(behave("far", "pass", settings={**ON_GPU, "queue": "nobody"})))
    until(again, {"waiting"})
    NodeJob.objects.filter(execution_id=again).update(status="running", worker_id=uuid4(), suspicion=5)
    recovery.sweep()
    engine.ring(str(again))
    execution = finished(again)
    assert (execution.state.status, execution.error["code"]) == ("failed", "worker_lost")


def test_a_node_whose_claim_was_never_heard_of_is_given_back(
    engine: EngineThread, far: Callable[[], EngineThread]
) -> None:
    execution_id = begin(engine, chain(behave("far", "pass", settings=ON_GPU)))
    until(execution_id, {"waiting"})
    there = far()
    assert there.engine is not None
    there.engine.jobs.is_closed = True
    time.sleep(0.1)
    long_ago = timezone.now() - timedelta(minutes=1)
    worker = there.engine.config.worker_id
    NodeJob.objects.update(status="running", worker_id=worker, epoch=7, claimed_at=long_ago)
    wait_until(lambda: NodeJob.objects.get().status == "pending")
    there.engine.jobs.is_closed = False
    assert finished(execution_id).state.status == "completed"


def test_a_worker_that_stops_hands_its_nodes_back(engine: EngineThread, far: Callable[[], EngineThread]) -> None:
    first = far()
    execution_id = begin(engine, chain(behave("far", "gate", settings=ON_GPU)))
    wait_until(lambda: NodeJob.objects.filter(status="running").exists())
    first.stop(grace_s=0.1)
    assert NodeJob.objects.get().status == "pending"
    GATE.set()
    far()
    assert finished(execution_id).state.status == "completed"
    assert NodeJob.objects.get().epoch == 2


def test_a_run_taken_over_waits_for_the_same_job(engine: EngineThread, far: Callable[[], EngineThread]) -> None:
    execution_id = begin(engine, chain(behave("far", "pass", settings=ON_GPU), node("z")))
    until(execution_id, {"waiting"})
    job = NodeJob.objects.get().pk
    verbs.pause(execution_id=execution_id, by=uuid4())
    far()
    until(execution_id, {"paused"})
    assert NodeJob.objects.get().pk == job
    verbs.resume(execution_id=execution_id)
    engine.ring(str(execution_id))
    assert finished(execution_id).state.status == "completed"
    assert RunState.objects.get().epoch >= 2
    assert len(SEEN) == 1


@pytest.mark.parametrize(
    ("kind", "params", "name"),
    [("wait", {"seconds": 1}, "gpu"), ("no_op", {}, "Not a name"), ("no_op", {}, "unacked"), ("loop", {}, "gpu")],
)
def test_what_cannot_be_sent_is_said_before(kind: str, params: dict[str, Any], name: str) -> None:
    document = chain(node("x", kind, params, settings={"queue": name}))
    found = [one for one in findings(link(read(document), builtin_catalogue())) if one.severity == "error"]
    assert ("invalid_config", "x", "settings.queue") in [(one.code, one.node_id, one.field) for one in found]


@pytest.mark.parametrize(("why", "ends"), [("failure", "failed"), ("shutdown", "completed"), ("broke", "completed")])
def test_a_turn_that_its_workers_memory_ends_fails_or_is_made_again(
    engine: EngineThread, far: Callable[..., EngineThread], why: str, ends: str
) -> None:
    there = far()
    GATE.clear()
    execution_id = begin(engine, chain(behave("g", "gate", settings=ON_GPU), set_node("z", x=1)), {"text": "x" * 5000})
    jobs = there.engine.jobs if there.engine is not None else None
    assert jobs is not None
    wait_until(lambda: any(held.held_bytes() > 5000 for held in jobs.held), 60)
    (held,) = jobs.held
    assert held.execution_id == str(execution_id)

    def end() -> None:
        if why == "broke":
            held.broke(OverBudget("again"))
            return
        held.failure = memory_limit("too large") if why == "failure" else None
        held.interrupt(why)

    assert there._loop is not None
    there._loop.call_soon_threadsafe(end)
    wait_until(lambda: held not in jobs.held, 60)
    GATE.set()
    ended = finished(execution_id)
    assert (ended.state.status, (ended.error or {}).get("code")) == (ends, "memory_limit" if ends == "failed" else None)


def test_a_worker_of_the_queue_uses_what_was_made_before_wherever_it_was(
    engine: EngineThread, far: Callable[..., EngineThread]
) -> None:
    far()
    kept = behave("far", "pass", settings={**ON_GPU, "cache_ttl_s": 60})
    here = behave("here", "pass", settings={"cache_ttl_s": 60})
    owner, found = uuid4(), list[dict[str, NodeRun]]()
    for one in (kept, kept, here):
        execution_id = queue(chain(one), {"n": 1}, owner=owner)
        engine.ring(str(execution_id))
        found.append(rows(finished(execution_id).pk))
    assert [found[0]["far"].cached, found[1]["far"].cached, found[2]["here"].cached] == [False, True, True]
    assert len(SEEN) == 1

"""The engine on a real database: routing, failures, retries, stop, fencing, recovery. Nodes of the tests' own."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from langsmith.utils import get_env_var, get_tracer_project

from executor.models import NodeRun, RunState
from executor.process.engine_thread import EngineThread
from executor.process.worker import database_url
from executor.queue import recovery
from executor.selectors import events_after, execution_by_id, is_final, stored_events
from executor.verbs import verbs
from tests.builders import chain, edge, graph, node, set_node
from tests.conftest import Peer
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


def test_a_chain_gives_its_result_and_tells_of_each_step(engine: EngineThread) -> None:
    execution = run(engine, chain(set_node("a", x="{{ $json.n + 1 }}"), set_node("b", y="{{ $json.x * 2 }}")), {"n": 1})

    assert execution.state.status == "completed"
    assert execution.output == [{"json": {"n": 1, "x": 2, "y": 4}, "pairedItem": {"item": 0}}]
    assert (execution.output_node_id, execution.end_reason, execution.nodes_executed) == ("b", "finished", 3)
    types = check_events(execution)
    assert types[:2] == ["execution.queued", "execution.started"]
    assert types.count("node.completed") == 3


def test_a_branch_not_taken_is_skipped_and_the_join_runs(engine: EngineThread) -> None:
    document = graph(
        [node("if", "if", {"conditions": [{"left": "{{ $json.n }}", "operator": "gt", "right": 1}]}), node("yes"), node("no"),
         node("end", "merge")],
        [edge("start", "if"), edge("if", "yes", "true"), edge("if", "no", "false"), edge("yes", "end", into="input_1"),
         edge("no", "end", into="input_2")],
    )  # fmt: skip

    execution = run(engine, document, {"n": 5})

    assert statuses(execution) == {
        "start": "completed",
        "if": "completed",
        "yes": "completed",
        "no": "skipped",
        "end": "completed",
    }
    assert [item["json"] for item in execution.output] == [{"n": 5}]


def test_an_empty_input_ends_the_run_at_its_trigger(engine: EngineThread) -> None:
    execution = run(engine, chain(node("a")), [])

    assert execution.state.status == "completed"
    assert statuses(execution) == {"start": "completed", "a": "skipped"}


def test_each_item_leads_back_to_its_source(engine: EngineThread) -> None:
    document = chain(
        node("split", "split_out", {"field_to_split_out": "list"}),
        node("keep", "filter", {"conditions": [{"left": "{{ $json.list }}", "operator": "gt", "right": 1}]}),
        set_node("back", was="{{ $('split').item.json.list }}", first="{{ $('start').item.json.name }}"),
    )

    execution = run(engine, document, {"name": "ann", "list": [1, 2, 3]})

    assert [item["json"] for item in execution.output] == [
        {"list": 2, "was": 2, "first": "ann"}, {"list": 3, "was": 3, "first": "ann"},
    ]  # fmt: skip


def test_a_failure_nobody_handles_ends_the_run_at_that_node(engine: EngineThread) -> None:
    execution = run(engine, chain(behave("bad", "fail"), node("after")))

    assert (execution.state.status, execution.end_reason) == ("failed", "error")
    assert {key: execution.error[key] for key in ("code", "node_id", "retryable")} == {
        "code": "no_luck", "node_id": "bad", "retryable": True,
    }  # fmt: skip
    assert statuses(execution) == {"start": "completed", "bad": "failed"}
    check_events(execution)


def test_the_error_handle_takes_the_failing_items_and_the_others_go_on(engine: EngineThread) -> None:
    document = graph(
        [behave("odd", "fail_odd"), node("good"), node("bad")],
        [edge("start", "odd"), edge("odd", "good"), edge("odd", "bad", "error")],
    )

    execution = run(engine, document, [{"n": 1}, {"n": 2}, {"n": 3}])

    assert execution.state.status == "completed"
    row: Any = NodeRun.objects.get(execution_id=execution.pk, node_id="odd")
    assert (row.status, row.output_counts) == ("completed", {"main": 1, "error": 2})
    assert row.outputs["error"][1] == {
        "json": {"n": 3, "error": {"code": "no_luck", "message": "it did not work", "details": {"hint": "none"}}},
        "pairedItem": {"item": 2},
    }
    assert row.error["code"] == "no_luck"


def test_continue_puts_failing_items_in_their_place(engine: EngineThread) -> None:
    document = chain(behave("odd", "fail_odd", settings={"on_error": "continue"}), node("end"))

    execution = run(engine, document, [{"n": 1}, {"n": 2}])

    assert [("error" in item["json"], item["json"]["n"]) for item in execution.output] == [(True, 1), (False, 2)]


def test_retries_are_made_and_written_down(engine: EngineThread) -> None:
    retry = {"retry": {"max_attempts": 3, "delay_s": 0.01}}

    execution = run(engine, chain(behave("flaky", "flaky", times=2, settings=retry)))

    row: Any = NodeRun.objects.get(execution_id=execution.pk, node_id="flaky")
    assert (execution.state.status, row.attempt, len(row.attempts)) == ("completed", 3, 2)
    assert len({key for how, key in SEEN if how == "flaky"}) == 1
    assert check_events(execution).count("node.retrying") == 2


@pytest.mark.parametrize(
    ("how", "code"),
    [("raise", "node_failed"), ("nul", "invalid_output"), ("surrogate", "invalid_output"), ("object", "invalid_output"),
     ("huge", "invalid_output"), ("wrong", "invalid_output")],
)  # fmt: skip
def test_a_node_that_misbehaves_fails_and_takes_nobody_along(engine: EngineThread, how: str, code: str) -> None:
    good = queue(chain(node("a")))
    bad = queue(chain(behave("bad", how)))
    for execution_id in (good, bad):
        engine.ring(str(execution_id))

    assert finished(good).state.status == "completed"
    assert finished(bad).error["code"] == code


def test_not_a_number_becomes_null_with_a_warning(engine: EngineThread) -> None:
    execution = run(engine, chain(behave("nan", "nan")))

    assert execution.output[0]["json"] == {"x": None, "y": 1}
    assert [warning["code"] for warning in execution.warnings] == ["not_a_number"]


def test_a_large_value_is_stored_aside_and_still_read_by_the_next_node(engine: EngineThread) -> None:
    execution = run(engine, chain(behave("big", "large"), set_node("size", n="{{ $json.x.length }}", x=None)))

    row: Any = NodeRun.objects.get(execution_id=execution.pk, node_id="big")
    assert row.outputs["main"][0]["json"]["x"]["$blob"]["size_bytes"] == 400_002
    assert row.outputs["main"][0]["json"]["small"] == 1
    assert execution.output[0]["json"]["n"] == 400_000


def test_a_node_over_its_time_fails_as_timeout(engine: EngineThread) -> None:
    execution = run(engine, chain(behave("slow", "hang", settings={"timeout_s": 0.1})))

    assert execution.error["code"] == "node_timeout"


def test_a_run_over_its_time_ends_as_timeout(engine: EngineThread) -> None:
    execution = run(engine, chain(behave("slow", "hang"), timeout_s=0.2))

    assert (execution.state.status, execution.end_reason) == ("timeout", "timed_out")
    assert execution.error["code"] == "execution_timeout"
    check_events(execution)


def test_fail_fast_cancels_siblings_and_the_other_policy_lets_them_end(engine: EngineThread) -> None:
    nodes = [behave("zbad", "fail"), behave("slow", "gate"), node("after")]
    edges = [edge("start", "zbad"), edge("start", "slow"), edge("slow", "after")]

    fast = run(engine, graph(nodes, edges))
    patient_id = queue(graph(nodes, edges, error_policy="let_others_finish"))
    engine.ring(str(patient_id))
    until(patient_id, {"running"})
    GATE.set()
    patient = finished(patient_id)

    assert statuses(fast) == {"start": "completed", "zbad": "failed", "slow": "cancelled"}
    assert statuses(patient) == {"start": "completed", "zbad": "failed", "slow": "completed", "after": "completed"}
    assert (fast.state.status, patient.state.status) == ("failed", "failed")


@pytest.mark.parametrize("how", ["hang", "stubborn"])
def test_stop_ends_a_run_whatever_its_node_does(engine: EngineThread, how: str) -> None:
    execution_id = queue(chain(behave("slow", how)))
    engine.ring(str(execution_id))
    until(execution_id, {"running"})

    assert verbs.stop(execution_id=execution_id, by=uuid4(), reason="enough", now=timezone.now())
    assert not verbs.stop(execution_id=execution_id, by=uuid4(), reason=None, now=timezone.now())

    execution = finished(execution_id)
    assert (execution.state.status, execution.end_reason) == ("cancelled", "stopped")
    assert statuses(execution)["slow"] == "cancelled"
    check_events(execution)
    assert not verbs.stop(execution_id=execution_id, by=uuid4(), reason=None, now=timezone.now())


def test_a_queued_run_is_stopped_on_the_spot(db: None) -> None:
    execution_id = queue(chain(node("a")))

    assert verbs.stop(execution_id=execution_id, by=uuid4(), reason=None, now=timezone.now())

    execution = execution_by_id(execution_id)
    assert execution.state.status == "cancelled"
    check_events(execution)


def test_a_finished_run_cannot_be_stopped(engine: EngineThread) -> None:
    execution = run(engine, chain(node("a")))

    with pytest.raises(verbs.IllegalTransition) as caught:
        verbs.stop(execution_id=execution.pk, by=uuid4(), reason=None, now=timezone.now())

    assert caught.value.details == {"execution_status": "completed", "verb": "stop", "allowed": ["retry", "delete"]}
    assert check_events(execution_by_id(execution.pk))[-1] == "execution.completed"


def test_a_run_taken_by_another_worker_is_let_go_and_ends_once(engine: EngineThread) -> None:
    execution_id = queue(chain(behave("first", "gate"), behave("second", "pass", kind="effect")))
    engine.ring(str(execution_id))
    until(execution_id, {"running"})
    time.sleep(0.2)
    RunState.objects.filter(pk=execution_id).update(status="pending", worker_id=None)
    other = engine_thread()
    other.start()
    try:
        other.ring(str(execution_id))
        time.sleep(0.3)
        GATE.set()
        execution = finished(execution_id)
    finally:
        other.stop(1)

    assert execution.state.status == "completed"
    assert execution.state.epoch == 2
    check_events(execution)
    assert sum(how == "pass" for how, _ in SEEN) == 1


def test_what_is_in_the_journal_never_runs_again(engine: EngineThread) -> None:
    document = chain(behave("one", "pass", kind="effect"), behave("two", "gate", kind="effect"), set_node("three", z=1))
    execution_id = queue(document)
    engine.ring(str(execution_id))
    end = time.monotonic() + 5
    while statuses(execution_by_id(execution_id)).get("two") != "running" and time.monotonic() < end:
        time.sleep(0.01)
    assert engine.engine is not None
    RunState.objects.filter(pk=execution_id).update(worker_id=uuid4())  # as if the worker had died

    assert recovery.sweep() == (1, 0)
    GATE.set()
    engine.ring(str(execution_id))
    execution = finished(execution_id)

    assert execution.state.status == "completed"
    assert [how for how, _ in SEEN].count("pass") == 1
    assert len({key for how, key in SEEN if how == "gate"}) == 1
    assert execution.state.recoveries == 1
    assert NodeRun.objects.get(execution_id=execution_id, node_id="two").attempt == 2
    check_events(execution)


def test_the_sixth_lost_worker_ends_a_run_that_nobody_could_try_alone(db: None) -> None:
    execution_id = queue(chain(node("a")))
    for _ in range(6):
        RunState.objects.filter(pk=execution_id).update(status="running", worker_id=uuid4(), claimed_at=timezone.now())
        recovery.sweep()

    execution: Any = execution_by_id(execution_id)
    assert (execution.state.status, execution.end_reason, execution.error["code"]) == (
        "failed",
        "worker_lost",
        "worker_lost",
    )
    check_events(execution)


def test_a_run_nobody_rang_for_is_found(engine: EngineThread) -> None:
    execution_id = queue(chain(node("a")))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE executor_runstate SET queued_at = now() - interval '10 s' WHERE execution_id = %s", [execution_id]
        )

    assert finished(execution_id).state.status == "completed"


def test_shutdown_hands_runs_back(engine: EngineThread) -> None:
    execution_id = queue(chain(behave("slow", "hang")))
    engine.ring(str(execution_id))
    until(execution_id, {"running"})

    engine.stop(grace_s=0)

    execution = execution_by_id(execution_id)
    assert execution.state.status == "pending"
    types = [event.type for event in stored_events(execution_id, 0, 100)]
    assert types[-1] == "execution.queued"


def test_runs_of_two_users_never_see_each_other(engine: EngineThread) -> None:
    document = chain(
        set_node("a", me="{{ $vars.me }}", x="{{ $json.who }}"),
        behave("b", "pass"),
        set_node("c", y="{{ $('a').item.json.me }}"),
    )
    owners = {name: uuid4() for name in ("ann", "bob")}
    ids = [
        (name, queue(document, {"who": name}, owner=owners[name], variables={"me": name}))
        for _ in range(20)
        for name in owners
    ]
    for _, execution_id in ids:
        engine.ring(str(execution_id))

    for name, execution_id in ids:
        [item] = finished(execution_id).output
        assert item["json"] == {"who": name, "me": name, "x": name, "done": "pass", "y": name}


def test_pinned_nodes_do_not_run(engine: EngineThread) -> None:
    pinned = {"bad": {"main": [{"json": {"pinned": True}}]}}

    execution = run(engine, chain(behave("bad", "raise"), node("end")), pinned=pinned)

    assert execution.output[0]["json"] == {"pinned": True}
    assert NodeRun.objects.get(execution_id=execution.pk, node_id="bad").pinned


def test_a_disabled_node_hands_its_items_on(engine: EngineThread) -> None:
    execution = run(engine, chain(behave("bad", "raise", settings={"disabled": True}), node("end")), {"n": 1})

    assert execution.output[0]["json"] == {"n": 1}
    assert statuses(execution)["bad"] == "skipped"


def test_a_bad_expression_value_is_a_failure_of_its_node(engine: EngineThread) -> None:
    execution = run(engine, chain(node("a", "limit", {"max_items": "{{ 'many' }}"})))

    assert (execution.error["code"], execution.error["node_id"]) == ("invalid_params", "a")
    assert execution.error["message"].endswith("params.max_items must be a whole number")


def test_an_unresolved_path_is_a_warning(engine: EngineThread) -> None:
    execution = run(engine, chain(set_node("a", x="{{ $json.no.such }}")))

    assert execution.state.status == "completed"
    assert execution.warnings[0]["code"] == "unresolved_expression"
    assert execution.warnings[0]["field"] == "params.assignments.0.value"


@pytest.mark.parametrize(
    ("text", "given", "made"),
    [
        ("{{ $json.s.slice(0, 2) }}", "a😀", "a\ufffd"),
        ("{{ $json.s[1] }}", "a😀", "\ufffd"),
        ("x {{ $json.s.charAt(1) }}", "a😀", "x \ufffd"),
        ("{{ [$json.s.split('')] }}", "😀", [["\ufffd", "\ufffd"]]),
        ("{{ '\\ud83d' + $json.s }}", "a", "\ufffda"),
        ("{{ $json.s.slice(0, 3) }}", "a😀b", "a😀"),
        ("{{ $json.s.slice(0, 1) }}", "\ufffdb", "\ufffd"),
    ],
)
def test_a_character_that_an_expression_cuts_in_two_is_a_warning(
    engine: EngineThread, text: str, given: str, made: Any
) -> None:
    execution = run(engine, chain(set_node("a", x=text)), {"s": given})

    assert (execution.output or [])[0]["json"]["x"] == made
    is_cut = ("😀" in given and made != "a😀") or given == "a"
    assert [warning["code"] for warning in execution.warnings] == (["replaced_character"] if is_cut else [])
    if is_cut:
        assert execution.warnings[0]["field"] == "params.assignments.0.value"
        assert "U+FFFD" in execution.warnings[0]["message"]


def test_events_replayed_hold_what_the_rows_hold(engine: EngineThread) -> None:
    execution = run(engine, chain(set_node("a", x=1)), {"n": 1})

    events = events_after(execution, 0, 100)

    completed = [event for event in events if event.type == "node.completed"]
    assert completed[1].data["items_out"] == {"main": 1}
    assert completed[1].data["label"] == "a"
    assert events[-1].data["final"] is True
    assert events[-1].data["output"][0]["json"] == {"n": 1, "x": 1}


def test_many_runs_share_commits(engine: EngineThread, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [queue(chain(*(set_node(f"n{at}", x=at) for at in range(5)))) for _ in range(40)]
    for execution_id in ids:
        engine.ring(str(execution_id))

    assert {finished(execution_id).state.status for execution_id in ids} == {"completed"}
    for execution_id in ids:
        check_events(execution_by_id(execution_id))


def test_cut_connections_lose_nothing_and_repeat_nothing(engine: EngineThread) -> None:
    document = chain(*(behave(f"n{at}", "pass", kind="effect") for at in range(6)), set_node("last", done=True))
    ids = [queue(document) for _ in range(12)]
    for execution_id in ids:
        engine.ring(str(execution_id))
    cut = 0
    end = time.monotonic() + 15
    with psycopg.connect(database_url(), autocommit=True) as other:
        while time.monotonic() < end and any(not is_final(execution_by_id(execution_id)) for execution_id in ids):
            ended = other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'heddle-engine' AND datname = current_database()"
            )
            cut += ended.rowcount
            time.sleep(0.005 if cut < 6 else 0.1)

    assert {finished(execution_id, 30).state.status for execution_id in ids} == {"completed"}
    for execution_id in ids:
        check_events(execution_by_id(execution_id))
    assert cut > 0
    assert len(SEEN) == len(set(SEEN)) == 12 * 6


def test_tracing_of_the_graph_runtime_is_off_whatever_the_environment_says(
    engine: EngineThread, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", peer.url)
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_x")
    cached: list[Any] = [get_env_var, get_tracer_project]  # what langsmith keeps of the environment
    for known in cached:
        known.cache_clear()
    try:
        assert run(engine, chain(set_node("a", x=1))).state.status == "completed"
        time.sleep(1)
    finally:
        for known in cached:
            known.cache_clear()

    assert peer.calls == []

"""Workflows that call others: mappings, failures, depth, recursion, stop and pause, Map over many."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from executor.models import Execution, RunState, Wait
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.queue import recovery
from executor.selectors import execution_by_id, node_runs_of
from executor.verbs import below, verbs
from nodes import budget
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import check_events, eventually, finished, queue, until
from tests.integration.outbox.working import left, work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"


@pytest.fixture
def engine() -> Any:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def make(api: APIClient, name: str, document: dict[str, Any]) -> str:
    reply = api.post(BASE, {"name": name, **document}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def begin(api: APIClient, engine: EngineThread, workflow: str, value: Any = None, **more: Any) -> UUID:
    reply = api.post(f"{BASE}{workflow}/execute/", {"input": {} if value is None else value, **more}, format="json")
    assert reply.status_code == 202, reply.json()
    engine.ring(reply.json()["id"])
    return UUID(reply.json()["id"])


def calling(workflow: str, kind: str = "sub_workflow", **params: Any) -> dict[str, Any]:
    out = "main" if kind == "map" else "success"
    return graph(
        [node("call", kind, {"workflow_id": workflow, **params}), node("after"), node("rescue")],
        [edge("start", "call"), edge("call", "after", out), edge("call", "rescue", "error")],
    )


def jsons(execution: Execution) -> list[Any]:
    assert execution.state.status == "completed", execution.error
    return [item["json"] for item in execution.output or []]


@pytest.mark.parametrize(("kind", "params"), [("sub_workflow", {}), ("sub_workflow", {"mode": "each"}), ("map", {})])
def test_expressions_anywhere_in_a_mapping_are_evaluated(
    api: APIClient, engine: EngineThread, kind: str, params: dict[str, Any]
) -> None:
    mapping = {"list": ["{{ $json.n + 1 }}", {"deep": "n={{ $json.n }}"}], "as it is": [None, {"x": 1}, "{"]}
    child = make(api, "child", chain(node("c")))
    parent = finished(
        begin(api, engine, make(api, "parent", calling(child, kind, input_mapping=mapping, **params)), {"n": 4})
    )

    assert jsons(parent) == [{"list": [5, {"deep": "n=4"}], "as it is": [None, {"x": 1}, "{"]}]


def test_a_sub_workflow_gets_what_is_mapped_and_gives_back_what_is_mapped(api: APIClient, engine: EngineThread) -> None:
    child = make(api, "double", chain(set_node("d", twice="{{ $json.n * 2 }}", seen="{{ $vars.secret }}")))
    parent = make(
        api,
        "parent",
        calling(child, input_mapping={"n": "{{ $json.count + 1 }}"}, output_mapping={"result": "{{ $json.twice }}"}),
    )

    execution = finished(begin(api, engine, parent, {"count": 4}, variables={"secret": "x"}))

    assert jsons(execution) == [{"result": 10}]
    [below] = Execution.objects.filter(parent_execution_id=execution.pk)
    assert (below.parent_node_id, below.depth, below.trigger, below.input) == ("call", 1, "sub_workflow", {"n": 5})
    assert (below.output or [])[0]["json"]["seen"] is None
    shown = api.get(f"/api/orchestrator/executions/{below.pk}/").json()
    assert (shown["parent_execution_id"], shown["nesting_depth"]) == (str(execution.pk), 1)
    assert shown["mappings"]["output_mapping"] == {"result": "{{ $json.twice }}"}
    listed = api.get(f"/api/orchestrator/executions/?parent={execution.pk}").json()["results"]
    assert [entry["id"] for entry in listed] == [str(below.pk)]
    check_events(execution)


def test_items_pass_as_they_are_without_a_mapping(api: APIClient, engine: EngineThread) -> None:
    child = make(api, "child", chain(set_node("d", ok=True)))
    once = make(api, "once", calling(child))
    each = make(api, "each", calling(child, mode="each"))

    assert jsons(finished(begin(api, engine, once, [{"n": 1}, {"n": 2}]))) == [
        {"n": 1, "ok": True},
        {"n": 2, "ok": True},
    ]
    execution = finished(begin(api, engine, each, [{"n": 1}, {"n": 2}]))
    assert jsons(execution) == [{"n": 1, "ok": True}, {"n": 2, "ok": True}]
    assert Execution.objects.filter(parent_execution_id=execution.pk).count() == 2


def test_a_failure_below_leaves_by_the_error_output(api: APIClient, engine: EngineThread) -> None:
    child = make(api, "bad", chain(node("stop", "stop_and_error", {"message": "no stock"})))
    execution = finished(begin(api, engine, make(api, "p", calling(child))))

    assert execution.output_node_id == "rescue"
    error = jsons(execution)[0]["error"]
    assert (error["code"], error["message"], error["details"]["node_id"]) == ("subworkflow_failed", "no stock", "stop")


def test_calls_nest_up_to_the_limit(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api, "w0", chain(set_node("x", deep=True)))
    for level in range(1, 5):
        document = chain(node("call", "sub_workflow", {"workflow_id": workflow}))
        workflow = make(api, f"w{level}", document)
        found = api.post(f"/api/workflows/{workflow}/validate/", {}, format="json").json()["diagnostics"]
        assert [entry["code"] for entry in found] == (["nesting_too_deep"] if level > 3 else [])

    execution = finished(begin(api, engine, workflow))

    assert execution.state.status == "failed"
    deepest = Execution.objects.order_by("-depth").first()
    assert deepest is not None
    assert (deepest.depth, (deepest.error or {})["code"]) == (3, "nesting_too_deep")


def test_recursion_and_missing_workflows_are_refused(api: APIClient) -> None:
    first = make(api, "a", chain(node("x")))
    second = make(api, "b", chain(node("call", "sub_workflow", {"workflow_id": first})))
    document = chain(node("call", "sub_workflow", {"workflow_id": second}))
    assert api.patch(f"{BASE}{first}/", document, format="json").status_code == 200

    refused = api.post(f"{BASE}{first}/execute/", {}, format="json")
    assert refused.status_code == 422
    assert [entry["code"] for entry in refused.json()["diagnostics"]] == ["subworkflow_recursion"]
    gone = make(api, "c", chain(node("call", "sub_workflow", {"workflow_id": str(UUID(int=7))})))
    assert (
        api.post(f"{BASE}{gone}/execute/", {}, format="json").json()["diagnostics"][0]["code"] == "subworkflow_missing"
    )
    undeployed = make(api, "d", chain(node("call", "sub_workflow", {"workflow_id": make(api, "e", chain(node("x")))})))
    assert (
        api.post(f"{BASE}{undeployed}/deploy/", {}, format="json").json()["diagnostics"][0]["code"]
        == "subworkflow_missing"
    )


def test_a_call_that_is_not_waited_for_goes_on_by_itself(api: APIClient, engine: EngineThread) -> None:
    child = make(api, "slow", chain(node("w", "wait", {"seconds": 0.3})))
    execution = finished(begin(api, engine, make(api, "p", calling(child, wait=False))))

    started = jsons(execution)[0]["execution_id"]
    assert finished(UUID(started)).state.status == "completed"


def test_stop_and_pause_go_down(api: APIClient, engine: EngineThread) -> None:
    child = make(api, "waiting", chain(node("w", "wait", {"mode": "signal"}), node("z")))
    parent = begin(api, engine, make(api, "p", calling(child)))
    until(parent, {"waiting"})
    below = Execution.objects.get(parent_execution_id=parent).pk
    until(below, {"waiting"})

    url = f"/api/orchestrator/executions/{parent}/"
    assert api.get(f"{url}status/").json()["waiting"]["reason"] == "sub_workflow"
    assert api.post(f"{url}pause/").status_code == 202
    assert RunState.objects.get(pk=below).command == "pause"
    assert api.post(f"{url}resume/").status_code == 202
    assert RunState.objects.get(pk=below).command is None
    assert api.post(f"{url}stop/", {}, format="json").status_code == 202
    assert execution_by_id(below).state.status == "cancelled"


def test_an_answer_below_ends_the_run_above(api: APIClient, engine: EngineThread) -> None:
    child = make(api, "waiting", chain(node("w", "wait", {"mode": "signal", "signal": "go"})))
    parent = begin(api, engine, make(api, "p", calling(child)))
    until(parent, {"waiting"})
    below = Execution.objects.get(parent_execution_id=parent).pk
    until(below, {"waiting"})
    verbs.signal(execution_id=below, name="go", payload=5)
    engine.ring(str(below))

    assert jsons(finished(parent)) == [{"signal": 5}]


def test_the_sweeper_tells_a_parent_nobody_told(api: APIClient, engine: EngineThread) -> None:
    child = make(api, "waiting", chain(node("w", "wait", {"mode": "signal", "signal": "go"})))
    parent = begin(api, engine, make(api, "p", calling(child)))
    until(parent, {"waiting"})
    below = Execution.objects.get(parent_execution_id=parent).pk
    until(below, {"waiting"})
    assert engine.engine is not None
    engine.engine.parents.child_ended = lambda execution_id: None  # type: ignore[method-assign]
    verbs.signal(execution_id=below, name="go", payload=1)
    engine.ring(str(below))
    finished(below)
    time.sleep(0.2)
    assert execution_by_id(parent).state.status == "waiting"

    Execution.objects.filter(pk=below).update(finished_at=F("finished_at") - timedelta(seconds=3))
    recovery.sweep()
    work_off()
    engine.ring(str(parent))
    assert finished(parent).state.status == "completed"


def test_children_of_a_parent_that_is_gone_are_reported_to_nobody_and_keep_no_other_waiting(
    api: APIClient, engine: EngineThread
) -> None:
    lost = [queue(chain(node("a"))) for _ in range(3)]
    Execution.objects.filter(pk__in=lost).update(
        parent_execution_id=UUID(int=7), finished_at=timezone.now() - timedelta(seconds=9)
    )
    recovery.sweep()
    assert left() == []
    assert not Execution.objects.filter(parent_execution_id__isnull=False, is_reported=False).exists()


@pytest.mark.parametrize("at_once", [1, 7])
def test_map_runs_one_child_per_item_and_keeps_the_order(api: APIClient, engine: EngineThread, at_once: int) -> None:
    child = make(api, "double", chain(set_node("d", twice="{{ $json.n * 2 }}")))
    parent = make(api, "p", calling(child, "map", concurrency=at_once))

    execution = finished(begin(api, engine, parent, [{"n": n} for n in range(30)]), 40)

    assert [item["twice"] for item in jsons(execution)] == [2 * n for n in range(30)]
    assert [item["pairedItem"] for item in execution.output] == [{"item": n} for n in range(30)]
    assert execution.state.wakes == 1
    check_events(execution)


def test_map_never_runs_more_than_allowed_at_once(api: APIClient, engine: EngineThread) -> None:
    child = make(api, "slow", chain(node("w", "wait", {"seconds": 0.15})))
    parent = begin(api, engine, make(api, "p", calling(child, "map", concurrency=3)), [{"n": n} for n in range(9)])
    most = 0
    while execution_by_id(parent).state.status not in ("completed", "failed"):
        running = RunState.objects.filter(status="running", execution__parent_execution_id=parent).count()
        most = max(most, running)
        time.sleep(0.01)

    assert 1 < most <= 3


def test_a_map_may_end_in_the_moment_its_parent_suspends(api: APIClient, engine: EngineThread) -> None:
    """The parent lets go half a second after it began to wait; its children end just then."""
    chance = random.Random(4)
    for number in range(12):
        waits = chain(node("w", "wait", {"seconds": chance.uniform(0.222, 0.242)}))
        parent = make(api, f"p{number}", calling(make(api, f"slow{number}", waits), "map", concurrency=3))
        assert finished(begin(api, engine, parent, [{"n": n} for n in range(6)])).state.status == "completed"


@pytest.mark.parametrize("what", ["stop", "skip", "collect"])
def test_failing_items_of_a_map(api: APIClient, engine: EngineThread, what: str) -> None:
    cases = [{"left": "{{ $json.n }}", "operator": "equals", "right": 1}]
    child = make(api, "odd", graph(
        [node("if", "if", {"conditions": cases}), node("bad", "stop_and_error", {"message": "one"}), node("ok")],
        [edge("start", "if"), edge("if", "bad", "true"), edge("if", "ok", "false")],
    ))  # fmt: skip
    parent = make(api, "p", calling(child, "map", on_item_failure=what))
    execution = finished(begin(api, engine, parent, [{"n": n} for n in range(3)]), 30)

    if what == "stop":
        assert execution.output_node_id == "rescue"
    if what == "skip":
        assert [item["n"] for item in jsons(execution)] == [0, 2]
    if what == "collect":
        rows = {run.node_id: run.outputs for run in node_runs_of(execution.pk)}
        assert [item["json"]["n"] for item in rows["after"]["main"]] == [0, 2]
        assert rows["rescue"]["main"][0]["json"]["error"]["code"] == "subworkflow_failed"


@pytest.mark.parametrize("kind", ["map", "sub_workflow"])
def test_runs_of_an_attempt_that_failed_do_not_end_the_wait_of_the_next(
    api: APIClient, engine: EngineThread, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The first attempt's time is over while its runs are at work: they end when the second waits for its own."""
    late: list[UUID] = []
    monkeypatch.setattr(below, "stop_these", lambda ids, by, reason: late.extend(ids))
    child = make(api, "child", chain(node("w", "wait", {"mode": "signal", "signal": "go"})))
    document = calling(child, kind, **({"on_item_failure": "stop"} if kind == "map" else {"mode": "each"}))
    [call] = [entry for entry in document["nodes"] if entry["id"] == "call"]
    call["data"]["settings"] = {"timeout_s": 2, "retry": {"max_attempts": 2, "delay_s": 0}}
    execution_id = begin(api, engine, make(api, "p", document), [{"n": n} for n in range(2)])
    waits = Wait.objects.filter(execution_id=execution_id, kind="sub_workflow").order_by("number")
    eventually(lambda: waits.count() == 2)
    assert len(late) == 2
    for one in late:
        verbs.stop(execution_id=one, by=uuid4(), reason="The node that started it waits no more", now=timezone.now())
    eventually(lambda: not Execution.objects.filter(pk__in=late, is_reported=False).exists())

    second = waits.last()
    assert second is not None
    assert (second.answered_at, second.remaining) == (None, 2)
    for row in Execution.objects.filter(parent_execution_id=execution_id).exclude(pk__in=late):
        verbs.signal(execution_id=row.pk, name="go", payload=1)
        engine.ring(str(row.pk))
    assert [entry["n"] for entry in jsons(finished(execution_id))] == [0, 1]


def test_a_large_value_of_a_child_reaches_its_parent_whole(api: APIClient, engine: EngineThread) -> None:
    large = "{{ 'ab'.repeat($json.times) }}"
    child = make(api, "child", chain(set_node("big", big=large, forged="{{ $json.forged }}")))
    after = set_node("after", size="{{ $json.big.length }}", forged="{{ $json.forged }}")
    parent = make(api, "parent", graph([node("call", "sub_workflow", {"workflow_id": child}), after],
                                       [edge("start", "call"), edge("call", "after", "success")]))  # fmt: skip
    forged = {"$blob": {"id": "00000000-0000-0000-0000-000000000001", "size_bytes": 1, "url": "/x"}}
    execution = finished(begin(api, engine, parent, {"times": 200_000, "forged": forged}))
    [found] = jsons(execution)
    assert (found["size"], found["forged"]) == (400_000, forged), "and what only looks like one is data"


def starting_for_each_row(api: APIClient) -> str:
    child = make(api, "child", chain(node("a")))
    document = graph(
        [node("rows", "split_out", {"field_to_split_out": "rows"}),
         node("call", "sub_workflow", {"workflow_id": child, "mode": "each", "wait": False})],
        [edge("start", "rows"), edge("rows", "call")],
    )  # fmt: skip
    return make(api, "parent", document)


def test_a_step_that_would_start_more_runs_than_are_queued_at_once_fails(api: APIClient, engine: EngineThread) -> None:
    execution = finished(begin(api, engine, starting_for_each_row(api), {"rows": [0] * 10_001}))

    assert (execution.error or {})["code"] == "loop_limit"
    assert not Execution.objects.filter(parent_execution_id=execution.pk).exists()


def test_a_step_whose_runs_are_queued_goes_on_whatever_may_be_queued_at_once_by_then(
    api: APIClient, engine: EngineThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = make(api, "waiting", chain(node("w", "wait", {"mode": "signal", "signal": "go"})))
    parent = begin(api, engine, make(api, "parent", calling(child)))
    until(parent, {"waiting"})
    below = Execution.objects.get(parent_execution_id=parent).pk
    until(below, {"waiting"})
    monkeypatch.setattr(budget, "MOST_RUNS", 0)
    verbs.signal(execution_id=below, name="go", payload=5)
    engine.ring(str(below))

    assert jsons(finished(parent)) == [{"signal": 5}]


def test_ten_thousand_runs_are_queued_without_looking_through_all_for_each(
    api: APIClient, engine: EngineThread
) -> None:
    rows = [{"text": "x" * 100}] * 10_000
    # Each compared with each takes the database half a minute, in which nothing of this process is written.
    execution = finished(begin(api, engine, starting_for_each_row(api), {"rows": rows}), 20)

    assert execution.state.status == "completed", execution.error
    assert Execution.objects.filter(parent_execution_id=execution.pk).count() == 10_000

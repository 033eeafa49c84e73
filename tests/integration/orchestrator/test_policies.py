"""What decides over runs from outside: goals, limits, error workflows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import ProcessHeartbeat
from executor.models import Execution, RunState
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from orchestrator.models import ErrorRun
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import check_events, finished
from tests.integration.outbox.working import work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"


@pytest.fixture
def engine() -> Any:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def make(api: APIClient, document: dict[str, Any], name: str = "w", **settings: Any) -> str:
    reply = api.post(BASE, {"name": name, **document, "settings": settings}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def start(api: APIClient, workflow: str, value: Any = None, **more: Any) -> str:
    reply = api.post(f"{BASE}{workflow}/execute/", {"input": {} if value is None else value, **more}, format="json")
    assert reply.status_code == 202, reply.json()
    return str(reply.json()["id"])


def run(api: APIClient, engine: EngineThread, workflow: str, value: Any = None, **more: Any) -> Any:
    execution_id = start(api, workflow, value, **more)
    engine.ring(execution_id)
    execution = finished(UUID(execution_id))
    check_events(execution)
    return execution


def looping() -> dict[str, Any]:
    return graph(
        [node("L", "loop", {"max_loop_count": 50}), node("w", "wait", {"seconds": 0.01}), node("z")],
        [edge("start", "L"), edge("L", "w", "loop"), edge("w", "L"), edge("L", "z", "done")],
    )


def test_a_run_ends_well_when_it_has_enough(api: APIClient, engine: EngineThread) -> None:
    items = [{"n": n} for n in range(40)]
    execution = run(api, engine, make(api, looping()), items, goal={"min_rows": 5})

    assert (execution.state.status, execution.end_reason) == ("completed", "goal_reached")
    assert [item["json"]["n"] for item in execution.output] == [0, 1, 2, 3, 4]
    assert api.get(f"/api/orchestrator/executions/{execution.pk}/").json()["goal"] == {"min_rows": 5}


def test_a_run_fails_when_too_much_failed(api: APIClient, engine: EngineThread) -> None:
    odd = [{"left": "{{ $json.n % 2 }}", "operator": "equals", "right": 1}]
    document = graph(
        [node("if", "if", {"conditions": odd}), node("bad", "json", {"field": "x"},
              settings={"on_error": "continue"}), node("ok")],
        [edge("start", "if"), edge("if", "bad", "true"), edge("if", "ok", "false")],
    )  # fmt: skip
    workflow = make(api, document)
    items = [{"n": n, "x": "{"} for n in range(6)]
    failed = run(api, engine, workflow, items, goal={"max_errors": 2})
    assert (failed.state.status, failed.error["code"]) == ("failed", "goal_max_errors")
    assert run(api, engine, workflow, items, goal={"max_errors": 3}).state.status == "completed"


def test_a_goal_that_is_none_is_refused(api: APIClient) -> None:
    reply = api.post(f"{BASE}{make(api, looping())}/execute/", {"goal": {"min_rows": 0}}, format="json")
    assert reply.status_code == 400


def test_only_so_many_of_a_workflow_run_at_once(api: APIClient, engine: EngineThread) -> None:
    document = chain(node("w", "wait", {"seconds": 0.2}))
    workflow = make(api, document, concurrency={"max": 2, "key": "{{ $json.customer }}"})
    ids = [start(api, workflow, {"customer": customer}) for customer in "aaab"]
    keys = dict(RunState.objects.values_list("execution_id", "limit_key"))
    assert {str(key).rpartition(":")[2] for key in keys.values()} == {"a", "b"}
    for execution_id in ids:
        engine.ring(execution_id)
    most = 0
    while RunState.objects.exclude(status="completed").exists():
        running = RunState.objects.filter(status="running", limit_key__endswith=":a").count()
        most = max(most, running)
    assert most <= 2


def test_the_urgent_go_first_among_those_of_their_owner(api: APIClient, other_api: APIClient) -> None:
    document = chain(set_node("s", a=1))
    calm, urgent = make(api, document, "calm"), make(api, document, "urgent", priority=5)
    ids = [start(api, calm), start(api, calm), start(api, urgent), start(api, calm, priority=9)]
    theirs = start(other_api, make(other_api, document, "theirs", priority=-10))
    ProcessHeartbeat.objects.create(id=UUID(int=1), kind="worker", beat_at=timezone.now() + timedelta(seconds=60),
                                    details={"queues": ["workflows"]})  # fmt: skip
    [behind] = api.get(f"/api/orchestrator/executions/{ids[1]}/why/").json()["reasons"]
    assert (behind["code"], behind["position"]) == ("queued_behind", 4)

    alone = EngineThread(lambda: replace(default_config(), runs_at_once=1))
    alone.start()
    try:
        for execution_id in [*ids, theirs]:
            finished(UUID(execution_id))
    finally:
        alone.stop(grace_s=1)
    started = [str(pk) for pk in RunState.objects.order_by("started_at").values_list("pk", flat=True)]
    assert [one for one in started if one != theirs] == [ids[3], ids[2], ids[0], ids[1]]
    assert started.index(theirs) <= 1, "nobody's urgent runs go before somebody else's"
    assert make_refused(api, document, priority=11) == 400


def make_refused(api: APIClient, document: dict[str, Any], **settings: Any) -> int:
    return int(api.post(BASE, {"name": "x", **document, "settings": settings}, format="json").status_code)


def test_a_failed_production_run_starts_the_error_workflow_once(api: APIClient, engine: EngineThread) -> None:
    catcher = make(api, {
        "nodes": [node("caught", "error_trigger"), set_node("note", text="{{ $json.execution.error.message }}")],
        "edges": [edge("caught", "note")],
    }, "catcher")  # fmt: skip
    broken = chain(node("stop", "stop_and_error", {"message": "no stock"}))
    workflow = make(api, broken, "orders", error_workflow_id=catcher)
    assert api.post(f"{BASE}{workflow}/deploy/", {}, format="json").status_code == 200

    run(api, engine, workflow)  # a manual run starts nothing
    failed = run(api, engine, workflow, version="deployed")
    work_off()
    assert ErrorRun.objects.count() == 1
    started = ErrorRun.objects.get(execution_id=failed.pk).error_execution_id
    assert started is not None
    engine.ring(str(started))
    caught: Any = finished(started)
    assert caught.output[0]["json"]["text"] == "no stock"
    assert caught.output[0]["json"]["workflow"] == {"id": workflow, "name": "orders"}
    assert caught.trigger == "event"


def test_a_failing_error_workflow_starts_no_other(api: APIClient, engine: EngineThread) -> None:
    broken = chain(node("stop", "stop_and_error", {"message": "no"}))
    catcher = make(api, {
        "nodes": [node("caught", "error_trigger"), node("stop", "stop_and_error", {"message": "again"})],
        "edges": [edge("caught", "stop")],
    }, "catcher")  # fmt: skip
    api.patch(f"{BASE}{catcher}/", {"settings": {"error_workflow_id": catcher}}, format="json")
    workflow = make(api, broken, "orders", error_workflow_id=catcher)
    for one in (catcher, workflow):
        assert api.post(f"{BASE}{one}/deploy/", {}, format="json").status_code == 200
    run(api, engine, workflow, version="deployed")
    Execution.objects.update(trigger="event")  # as of a feed's poll: an event too, and yet no error run
    work_off()
    started = ErrorRun.objects.get().error_execution_id
    assert started is not None
    engine.ring(str(started))
    failed: Any = finished(started)
    assert failed.error["message"] == "again"
    work_off()
    assert ErrorRun.objects.count() == 1


def test_an_error_workflow_that_is_gone_is_noted(api: APIClient, engine: EngineThread) -> None:
    broken = chain(node("stop", "stop_and_error", {"message": "no"}))
    workflow = make(api, broken, "orders", error_workflow_id=str(UUID(int=5)))
    api.post(f"{BASE}{workflow}/deploy/", {}, format="json")
    failed = run(api, engine, workflow, version="deployed")
    work_off()
    assert ErrorRun.objects.get(execution_id=failed.pk).problem
    assert Execution.objects.count() == 1

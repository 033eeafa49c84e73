"""Repairing runs with runs below them: what a child finished is not done again; failures, limits and stops of many."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db.models import Count
from rest_framework.test import APIClient

from executor.models import Execution, HumanTask, RunState
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.selectors import execution_by_id
from tests.builders import chain, edge, graph, node
from tests.conftest import Peer
from tests.integration.executor.running import check_events, finished, until
from tests.integration.orchestrator.test_repair import BASE, execute, make, paths, retry
from tests.integration.outbox.working import work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def engine(settings: Any, peer: Peer) -> Any:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def writes(peer: Peer) -> dict[str, Any]:
    """Return a child that makes two writes of its number: one that always works, and one that may not at first."""
    for number in range(30):
        for path in ("before", "write"):
            peer.answers.setdefault(f"/{path}/{number}", [(200, {}, b"{}")])

    def post(node_id: str) -> dict[str, Any]:
        url = f"{peer.url}/{node_id}/{{{{ $('start').first().json.n }}}}"
        return node(node_id, "http_request", {"method": "POST", "url": url, "body": {}})

    return chain(post("before"), post("write"))


def parent(child: str, kind: str, settings: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
    out = "main" if kind == "map" else "success"
    return graph(
        [node("call", kind, {"workflow_id": child, **params}, settings=settings or {}), node("after")],
        [edge("start", "call"), edge("call", "after", out)],
    )


def fails_once(peer: Peer, *numbers: int) -> None:
    for number in numbers:
        peer.answer(f"/write/{number}", (500, {}, b"{}"), (200, {}, b"{}"))


def keys(peer: Peer, path: str) -> list[str]:
    sent = [{name.lower(): value for name, value in call.headers.items()} for call in peer.calls if call.path == path]
    return [headers["idempotency-key"] for headers in sent]


def below(execution: Any) -> int:
    return Execution.objects.filter(parent_execution_id=execution.pk).count()


@pytest.mark.parametrize(
    ("kind", "params"), [("map", {"on_item_failure": "stop", "concurrency": 1}), ("sub_workflow", {"mode": "each"})]
)
def test_a_retry_runs_only_the_children_that_failed(
    api: APIClient,
    engine: EngineThread,
    peer: Peer,
    kind: str,
    params: dict[str, Any],
) -> None:
    fails_once(peer, 3)
    child = make(api, writes(peer), "child")
    items = [{"n": number} for number in range(4)]
    first = execute(api, engine, make(api, parent(child, kind, **params)), items)
    assert first.state.status == "failed"
    assert first.error["code"] == "subworkflow_failed"
    assert below(first) == 4

    second = retry(api, engine, first)

    assert (second.state.status, len(second.output or [])) == ("completed", 4)
    assert below(second) == 1
    found = paths(peer)
    assert sorted(found) == sorted([f"/before/{n}" for n in (0, 1, 2, 3, 3)] + [f"/write/{n}" for n in (0, 1, 2, 3, 3)])
    check_events(second)
    assert execution_by_id(first.pk).output in (None, [])
    shown = api.get(f"{BASE}executions/{first.pk}/").json()
    assert shown["retried_by_id"] == str(second.pk)


def test_a_repair_of_a_repair_still_knows_what_the_first_run_finished(
    api: APIClient,
    engine: EngineThread,
    peer: Peer,
) -> None:
    peer.answer("/write/1", (500, {}, b"{}"), (500, {}, b"{}"), (200, {}, b"{}"))
    child = make(api, writes(peer), "child")
    workflow = make(api, parent(child, "map", on_item_failure="stop", concurrency=1))
    first = execute(api, engine, workflow, [{"n": 0}, {"n": 1}])
    second = retry(api, engine, first)
    assert second.state.status == "failed"
    third = retry(api, engine, second)
    assert (third.state.status, paths(peer).count("/write/0")) == ("completed", 1)
    assert [below(one) for one in (first, second, third)] == [2, 1, 1]
    again = retry(api, engine, third, **{"from": "start"})
    assert (below(again), paths(peer).count("/write/0")) == (2, 2), "from its start everything is made again"


def test_a_child_that_was_repaired_alone_heals_its_parent(
    api: APIClient,
    engine: EngineThread,
    peer: Peer,
) -> None:
    fails_once(peer, 1)
    child = make(api, writes(peer), "child")
    first = execute(
        api, engine, make(api, parent(child, "map", on_item_failure="stop", concurrency=1)), [{"n": 0}, {"n": 1}]
    )
    failed = Execution.objects.get(parent_execution_id=first.pk, state__status="failed")
    assert retry(api, engine, failed).state.status == "completed"

    healed = retry(api, engine, first)

    assert (healed.state.status, len(healed.output or []), below(healed)) == ("completed", 2, 0)
    assert paths(peer).count("/write/1") == 2
    assert paths(peer).count("/before/1") == 1, "the child's own finished step was taken over"


def test_what_is_made_again_has_the_key_of_the_first_run(
    api: APIClient,
    engine: EngineThread,
    peer: Peer,
) -> None:
    fails_once(peer, 7)
    first = execute(api, engine, make(api, writes(peer)), {"n": 7})
    second = retry(api, engine, first)
    assert second.state.status == "completed"
    one, other = keys(peer, "/write/7")
    assert one == other
    assert one.startswith(f"{first.pk}:write:")
    [shown] = api.get(f"{BASE}executions/{second.pk}/node-runs/?node_id=write").json()["results"]
    assert one.startswith(shown["idempotency_key"])
    third = retry(api, engine, second, **{"from": "start"})
    assert keys(peer, "/write/7")[-1].startswith(f"{third.pk}:write:")


@pytest.mark.parametrize("kind", ["sub_workflow", "map"])
def test_people_can_have_a_failed_call_tried_again(
    api: APIClient,
    engine: EngineThread,
    peer: Peer,
    kind: str,
) -> None:
    fails_once(peer, 1)
    child = make(api, writes(peer), "child")
    workflow = make(api, parent(child, kind, {"on_error": "ask"}, **({"concurrency": 1} if kind == "map" else {})))
    items = [{"n": 0}, {"n": 1}] if kind == "map" else {"n": 1}
    reply = api.post(f"{BASE}workflows/{workflow}/execute/", {"input": items}, format="json").json()
    engine.ring(reply["id"])
    until(UUID(reply["id"]), {"waiting"})
    end_of_children = Execution.objects.filter(parent_execution_id=reply["id"], state__status="failed")
    while not (task := HumanTask.objects.filter(execution_id=reply["id"]).first()):
        assert end_of_children.count() <= 1
        until(UUID(reply["id"]), {"waiting", "running", "pending"})
    assert api.post(f"{BASE}hitl/{task.pk}/respond/", {"action": "retry"}, format="json").status_code == 200
    engine.ring(reply["id"])

    execution = finished(UUID(reply["id"]))

    assert execution.state.status == "completed", execution.error
    assert paths(peer).count("/write/0") == (1 if kind == "map" else 0)
    assert paths(peer).count("/write/1") == 2
    assert HumanTask.objects.filter(execution_id=execution.pk).count() == 1
    check_events(execution)


def test_the_first_failure_stops_a_map(api: APIClient, engine: EngineThread, peer: Peer) -> None:
    fails_once(peer, 1)
    child = make(api, writes(peer), "child")
    items = [{"n": number} for number in range(30)]
    first = execute(api, engine, make(api, parent(child, "map", on_item_failure="stop", concurrency=1)), items)

    assert (first.state.status, first.error["details"]["child_code"]) == ("failed", "http_status")
    assert len(paths(peer)) < 20, "most of thirty were never begun"
    ends = dict(
        RunState.objects.filter(execution__parent_execution_id=first.pk).values_list("status").annotate(Count("pk"))
    )
    assert ends["failed"] == 1
    assert ends["cancelled"] > 20


@pytest.mark.parametrize("kind", ["sub_workflow", "map"])
def test_a_call_obeys_its_time_limit(api: APIClient, engine: EngineThread, kind: str) -> None:
    child = make(api, chain(node("w", "wait", {"mode": "duration", "seconds": 60})), "child")
    first = execute(api, engine, make(api, parent(child, kind, {"timeout_s": 1})))
    assert (first.state.status, first.error["code"]) == ("failed", "node_timeout")
    [state] = RunState.objects.filter(execution__parent_execution_id=first.pk)
    assert state.status == "cancelled"


def test_a_call_is_retried_where_its_childs_failure_may_pass(
    api: APIClient,
    engine: EngineThread,
    peer: Peer,
) -> None:
    fails_once(peer, 1, 2)
    child = make(api, writes(peer), "child")
    settings = {"retry": {"max_attempts": 3, "delay_s": 0.05}}
    workflow = make(api, parent(child, "sub_workflow", settings, mode="each"))
    first = execute(api, engine, workflow, [{"n": 0}, {"n": 1}, {"n": 2}])
    assert (first.state.status, len(first.output or [])) == ("completed", 3)
    assert [paths(peer).count(f"/write/{n}") for n in range(3)] == [1, 2, 2]
    assert below(first) == 5


def test_each_item_has_its_own_outcome(api: APIClient, engine: EngineThread, peer: Peer) -> None:
    fails_once(peer, 1)
    child = make(api, writes(peer), "child")
    document = parent(child, "sub_workflow", {"on_error": "continue"}, mode="each")
    first = execute(api, engine, make(api, document), [{"n": 0}, {"n": 1}])
    assert first.state.status == "completed"
    good, bad = (item["json"] for item in first.output or [])
    assert ("error" in good, bad["error"]["code"], bad["n"]) == (False, "subworkflow_failed", 1)


def test_many_are_retried_once_however_often_one_asks(
    api: APIClient,
    engine: EngineThread,
    peer: Peer,
) -> None:
    fails_once(peer, 0, 1)
    workflow = make(api, writes(peer))
    runs = [execute(api, engine, workflow, {"n": number}) for number in range(2)]
    url, asked = f"{BASE}executions/bulk-retry/", {"filter": {"status": "failed"}, "rate_per_s": 100}
    jobs = [api.post(url, asked, format="json").json()["id"] for _ in range(2)]
    by_id = api.post(url, {"ids": [str(run.pk) for run in runs], "rate_per_s": 100}, format="json").json()["id"]
    work_off()
    results = [api.get(f"{BASE}jobs/{job}/").json()["result"] for job in (*jobs, by_id)]
    assert sum(result["started"] for result in results) == 2
    assert {one["code"] for result in results for one in result["refused"]} == {"already_retried"}
    for run in runs:
        [again] = Execution.objects.filter(retry_of_id=run.pk)
        engine.ring(str(again.pk))
        assert finished(again.pk).state.status == "completed"
    assert api.post(url, {**asked, "dry_run": True}, format="json").json()["matched"] == 0


def test_another_input_is_another_retry(api: APIClient, engine: EngineThread, peer: Peer) -> None:
    fails_once(peer, 5)
    first = execute(api, engine, make(api, writes(peer)), {"n": 5})
    url = f"{BASE}executions/{first.pk}/retry/"
    same = [api.post(url, {"input": {"n": 1}}, format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert [reply.json()["id"] for reply in same] == [same[0].json()["id"]] * 2
    other = api.post(url, {"input": {"n": 2}}, format="json", HTTP_IDEMPOTENCY_KEY="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_replay_does_not_depend_on_what_became_of_the_workflow(api: APIClient) -> None:
    workflow = make(api, chain(node("a")))
    url, key = f"{BASE}workflows/{workflow}/", {"Idempotency-Key": "k"}
    first = api.post(f"{url}execute/", {"input": {"n": 1}}, format="json", headers=key).json()["id"]
    partial = {"node_id": "a", "inputs": {"main": [{"json": {}}]}, "wait_s": 0}
    part = api.post(f"{url}partial-execute/", partial, format="json", headers=key).json()["id"]

    def again() -> None:
        for path, body, known in (("execute/", {"input": {"n": 1}}, first), ("partial-execute/", partial, part)):
            reply = api.post(f"{url}{path}", body, format="json", headers=key)
            assert (reply.status_code, reply.json()["id"]) == (202, known)
            assert reply.headers["Idempotent-Replayed"] == "true"

    again()
    broken = chain(node("a", "http_request", {"nope": 1}))
    assert api.patch(url, {"nodes": broken["nodes"]}, format="json").status_code == 200
    again()
    assert api.post(f"{url}archive/").status_code == 200
    again()
    assert api.delete(url).status_code == 204
    again()
    other = api.post(f"{url}execute/", {"input": {"n": 2}}, format="json", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert api.post(f"{url}execute/", {}, format="json", headers={"Idempotency-Key": "new"}).status_code == 404


def test_a_bulk_retry_with_a_key_is_one_job(api: APIClient) -> None:
    url, key = f"{BASE}executions/bulk-retry/", {"Idempotency-Key": "k"}
    asked = {"filter": {"status": "failed"}}
    jobs = [api.post(url, asked, format="json", headers=key) for _ in range(2)]
    assert jobs[0].json()["id"] == jobs[1].json()["id"]
    assert jobs[1].headers["Idempotent-Replayed"] == "true"
    other = api.post(url, {"filter": {"status": "timeout"}}, format="json", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("kind", "params", "settings", "field"),
    [("human_task", {"title": "x"}, {"retry": {"max_attempts": 2}}, "settings.retry"),
     ("human_task", {"title": "x"}, {"timeout_s": 5}, "settings.timeout_s"),
     ("human_task", {"title": "x"}, {"on_error": "continue"}, "settings.on_error"),
     ("wait", {"mode": "duration", "seconds": 1}, {"timeout_s": 5}, "settings.timeout_s"),
     ("loop", {"max_loop_count": 2}, {"retry": {"max_attempts": 2}}, "settings.retry"),
     ("if", {"conditions": []}, {"on_error": "continue"}, "settings.on_error")],
)  # fmt: skip
def test_a_setting_that_would_do_nothing_is_refused(
    api: APIClient, kind: str, params: dict[str, Any], settings: dict[str, Any], field: str
) -> None:
    found = api.post("/api/compile/validate/", chain(node("n", kind, params, settings=settings)), format="json").json()
    assert ("invalid_config", "n", field) in {
        (one["code"], one["node_id"], one["field"]) for one in found["diagnostics"]
    }


def test_a_setting_that_there_is_not_is_told(api: APIClient) -> None:
    settings = {"retries": 3, "onError": "x", "retry": {"max_attempts": 2, "delay": 1}}
    document = chain(node("n", "no_op", settings=settings))
    found = api.post("/api/compile/validate/", document, format="json").json()["diagnostics"]
    told = {one["field"] for one in found if (one["code"], one["severity"]) == ("unknown_setting", "warning")}
    assert told == {"settings.retries", "settings.onError", "settings.retry.delay"}


@pytest.mark.parametrize("then", ["collect", "skip"])
def test_a_map_that_went_on_without_some_is_repaired(
    api: APIClient, engine: EngineThread, peer: Peer, then: str
) -> None:
    fails_once(peer, 3)
    child = make(api, writes(peer), "child")
    first = execute(api, engine, make(api, parent(child, "map", on_item_failure=then)), [{"n": n} for n in range(6)])
    assert (first.state.status, below(first)) == ("completed", 6)

    second = retry(api, engine, first)

    assert (second.state.status, below(second)) == ("completed", 1)
    assert [len(keys(peer, f"/write/{n}")) for n in range(6)] == [1, 1, 1, 2, 1, 1]
    assert len(second.output) == 6
    refused = api.post(f"/api/orchestrator/executions/{second.pk}/retry/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition"), "nothing of it failed"


def test_rounds_that_were_left_out_are_repaired(api: APIClient, engine: EngineThread, peer: Peer) -> None:
    fails_once(peer, 1)
    peer.answers.update({f"/write/{n}": [(200, {}, b"{}")] for n in (0, 2)})
    ask = node("ask", "http_request", {"method": "POST", "url": f"{peer.url}/write/{{{{ $json.n }}}}", "body": {}})
    document = graph(
        [node("L", "loop", {"on_round_failure": "collect"}), ask, node("after")],
        [edge("start", "L"), edge("L", "ask", "loop"), edge("ask", "L"), edge("L", "after", "done")],
    )
    first = execute(api, engine, make(api, document), [{"n": n} for n in range(3)])
    assert first.state.status == "completed"

    second = retry(api, engine, first)

    assert second.state.status == "completed"
    assert [len(keys(peer, f"/write/{n}")) for n in range(3)] == [1, 2, 1]
    assert not any("error" in item["json"] for item in second.output)

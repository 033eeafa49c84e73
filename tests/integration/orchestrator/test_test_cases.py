"""Runs kept as tests: what came from outside is recorded, so that they run offline, again and again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from executor.models import Execution, NodeRun
from executor.process.engine_thread import EngineThread
from tests.builders import chain, edge, graph, node, set_node
from tests.conftest import Peer
from tests.integration.executor.running import engine_thread, finished

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/"


@pytest.fixture
def near(peer: Peer) -> Any:
    thread = engine_thread(allowed_hosts=[peer.host])
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def looping(peer: Peer) -> dict[str, Any]:
    """Return a graph that asks the world in each round of a loop, and once behind it."""
    ask = {"url": f"{peer.url}/price"}
    return graph(
        [node("L", "loop"), node("ask", "http_request", ask), set_node("got", price="{{ $json.body.price }}"),
         node("once", "http_request", ask), set_node("z", n="{{ $('got').all().length }}", last="{{ $json.body.price }}",
                                                     at="{{ $now }}")],
        [edge("start", "L"), edge("L", "ask", "loop"), edge("ask", "got"), edge("got", "L"),
         edge("L", "once", "done"), edge("once", "z")],
    )  # fmt: skip


def make(api: APIClient, document: dict[str, Any], **more: Any) -> str:
    reply = api.post(f"{BASE}workflows/", {"name": "w", **document, **more}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def run(api: APIClient, engine: EngineThread, workflow: str, value: Any) -> Any:
    begun = api.post(f"{BASE}workflows/{workflow}/execute/", {"input": value}, format="json").json()
    engine.ring(begun["id"])
    return finished(UUID(begun["id"]))


def results_of(api: APIClient, engine: EngineThread, workflow: str) -> list[dict[str, Any]]:
    """Run all tests of a workflow and return what came of them."""
    begun = api.post(f"{BASE}workflows/{workflow}/test-cases/run/")
    assert begun.status_code == 202, begun.json()
    found = []
    for test in begun.json()["results"]:
        engine.ring(test["execution_id"])
        finished(UUID(test["execution_id"]))
        found.append(api.get(f"{BASE}workflows/{workflow}/tests/{test['id']}/").json())
    return found


def test_a_run_is_kept_and_runs_again_offline(api: APIClient, near: EngineThread, peer: Peer) -> None:
    prices = [(200, {"content-type": "application/json"}, b'{"price": %d}' % price) for price in (10, 20, 30)]
    peer.answer("/price", *prices)
    workflow = make(api, looping(peer))
    kept_from = run(api, near, workflow, [{"n": 1}, {"n": 2}])
    assert len(peer.calls) == 4, "two rounds, and once for each item behind them"
    reply = api.post(f"{BASE}executions/{kept_from.pk}/keep-as-test/", {"ignore": ["[*].at"]}, format="json")
    assert reply.status_code == 201, reply.json()
    case = reply.json()
    assert set(case["recorded"]["ask"]["$rounds"]) == {"L:0", "L:1"}
    assert [item["last"] for item in case["expected"]] == [30, 30]

    (result,) = results_of(api, near, workflow)
    assert (result["status"], result["differences"], result["test_case_id"]) == ("passed", [], case["id"])
    assert len(peer.calls) == 4, "nobody was called"
    again: Any = Execution.objects.get(pk=result["execution_id"])
    assert (again.mode, NodeRun.objects.filter(execution_id=again.pk, pinned=True).count()) == ("test", 3)
    assert api.get(case_url(workflow, case)).json()["last_result"]["status"] == "passed"

    api.patch(case_url(workflow, case), {"input": [{"n": 1}, {"n": 2}, {"n": 3}]}, format="json")
    (third,) = results_of(api, near, workflow)
    assert (third["status"], third["error"]["code"], third["error"]["node_id"]) == ("failed", "not_recorded", "L")
    api.patch(case_url(workflow, case), {"input": [{"n": 1}, {"n": 2}], "ignore": []}, format="json")
    (moved,) = results_of(api, near, workflow)
    assert moved["status"] == "failed"
    assert {one["path"] for one in moved["differences"]} == {"[0].at", "[1].at"}
    assert len(peer.calls) == 4


def case_url(workflow: str, case: dict[str, Any]) -> str:
    return f"{BASE}workflows/{workflow}/test-cases/{case['id']}/"


def test_a_deploy_asks_for_all_tests(api: APIClient, near: EngineThread) -> None:
    workflow = make(api, chain(set_node("a", x="{{ $json.n * 2 }}")), settings={"require_test": True})
    for n in (1, 2):
        kept = run(api, near, workflow, {"n": n})
        assert api.post(f"{BASE}executions/{kept.pk}/keep-as-test/", {}, format="json").status_code == 201
    assert api.post(f"{BASE}workflows/{workflow}/deploy/", {}, format="json").json()["code"] == "test_required"
    first = api.get(f"{BASE}workflows/{workflow}/test-cases/").json()["results"][0]
    begun = api.post(f"{case_url(workflow, first)}run/").json()["results"][0]
    near.ring(begun["execution_id"])
    finished(UUID(begun["execution_id"]))
    api.get(f"{BASE}workflows/{workflow}/tests/{begun['id']}/")
    assert api.post(f"{BASE}workflows/{workflow}/deploy/", {}, format="json").status_code == 409, "one of two"
    assert [test["status"] for test in results_of(api, near, workflow)] == ["passed", "passed"]
    assert api.post(f"{BASE}workflows/{workflow}/deploy/", {}, format="json").status_code == 200

    api.patch(f"{BASE}workflows/{workflow}/", chain(set_node("a", x="{{ $json.n * 3 }}")), format="json")
    assert [test["differences"][0]["path"] for test in results_of(api, near, workflow)] == ["[0].x", "[0].x"]


def test_what_cannot_be_kept(api: APIClient, other_api: APIClient, near: EngineThread) -> None:
    workflow = make(api, chain(node("stop", "stop_and_error", {"message": "no"})))
    failed = run(api, near, workflow, {})
    refused = api.post(f"{BASE}executions/{failed.pk}/keep-as-test/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "test_not_keepable")
    assert other_api.post(f"{BASE}executions/{failed.pk}/keep-as-test/", {}, format="json").status_code == 404
    good = make(api, chain(node("a")), name="good")
    case = api.post(
        f"{BASE}executions/{run(api, near, good, {}).pk}/keep-as-test/", {"name": "x"}, format="json"
    ).json()
    assert other_api.get(case_url(good, case)).status_code == 404
    assert api.get(case_url(workflow, case)).status_code == 404
    assert api.delete(case_url(good, case)).status_code == 204
    assert api.get(f"{BASE}workflows/{good}/test-cases/").json()["count"] == 0
    assert api.post(f"{BASE}workflows/{good}/test-cases/run/").json() == {"results": []}

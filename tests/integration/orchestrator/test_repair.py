"""Repairing runs: what finished is taken over, the rest runs; alone, many, forked, edited; and why a run waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import ProcessHeartbeat
from executor.models import Execution, NodeRun, RunState
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.selectors import events_after
from tests.builders import chain, edge, graph, node, set_node
from tests.conftest import Peer
from tests.integration.executor.running import check_events, finished, until
from tests.integration.outbox.working import work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/"


@pytest.fixture
def engine(settings: Any, peer: Peer) -> Any:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def make(api: APIClient, document: dict[str, Any], name: str = "w") -> str:
    reply = api.post(f"{BASE}workflows/", {"name": name, **document}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def execute(api: APIClient, engine: EngineThread, workflow: str, value: Any = None) -> Any:
    reply = api.post(f"{BASE}workflows/{workflow}/execute/", {"input": {} if value is None else value}, format="json")
    assert reply.status_code == 202, reply.json()
    engine.ring(reply.json()["id"])
    return finished(UUID(reply.json()["id"]))


def retry(api: APIClient, engine: EngineThread, execution: Any, **body: Any) -> Any:
    reply = api.post(f"{BASE}executions/{execution.pk}/retry/", body, format="json")
    assert reply.status_code == 202, reply.json()
    engine.ring(reply.json()["id"])
    return finished(UUID(reply.json()["id"]))


def call(peer: Peer, node_id: str, path: str) -> dict[str, Any]:
    return node(node_id, "http_request", {"method": "POST", "url": f"{peer.url}{path}", "body": {}})


def flaky(peer: Peer) -> dict[str, Any]:
    peer.answer("/once", (200, {}, b"{}"))
    peer.answer("/flaky", (500, {}, b"{}"), (200, {}, b'{"ok": true}'))
    return chain(call(peer, "first", "/once"), call(peer, "second", "/flaky"), set_node("z", done=True))


def paths(peer: Peer) -> list[str]:
    return [entry.path for entry in peer.calls]


def test_a_retry_runs_what_failed_and_takes_over_the_rest(api: APIClient, engine: EngineThread, peer: Peer) -> None:
    failed = execute(api, engine, make(api, flaky(peer)))
    assert (failed.state.status, failed.error["node_id"]) == ("failed", "second")

    execution = retry(api, engine, failed)

    assert execution.state.status == "completed"
    assert (execution.retry_of_id, execution.mode) == (failed.pk, failed.mode)
    assert paths(peer) == ["/once", "/flaky", "/flaky"]
    rows = {row["node_id"]: row["reused"] for row in api.get(f"{BASE}executions/{execution.pk}/").json()["node_runs"]}
    assert rows == {"start": True, "first": True, "second": False, "z": False}
    reused = [event.data["reused"] for event in events_after(execution, 0, 100) if event.type == "node.completed"]
    assert reused == [True, True, False, False]
    check_events(execution)
    assert api.get(f"{BASE}executions/?retry_of={failed.pk}").json()["count"] == 1


def test_a_finished_run_is_forked_from_a_node(api: APIClient, engine: EngineThread, peer: Peer) -> None:
    peer.answer("/once", (200, {}, b"{}"))
    done = execute(api, engine, make(api, chain(call(peer, "first", "/once"), set_node("a", x=1), set_node("z", y=1))))
    url = f"{BASE}executions/{done.pk}/retry/"

    refused = api.post(url, {}, format="json")
    assert (refused.status_code, refused.json()["code"], refused.json()["verb"]) == (409, "illegal_transition", "retry")
    unknown = api.post(url, {"from": {"node_id": "nope"}}, format="json")
    assert unknown.status_code == 400
    execution = retry(api, engine, done, **{"from": {"node_id": "a"}})
    assert execution.state.status == "completed"
    assert paths(peer) == ["/once"]
    again = retry(api, engine, done, **{"from": "start"})
    assert again.state.status == "completed"
    assert paths(peer) == ["/once", "/once"]


@pytest.mark.parametrize("node_id", [" ", "a ", " a", "a/b:1@0.x", "…" * 64])
def test_a_node_is_named_by_its_id_whatever_that_is(api: APIClient, engine: EngineThread, node_id: str) -> None:
    workflow = make(api, chain(set_node("first", x=1), set_node(node_id, y=2), set_node("z", z=3)))
    done = execute(api, engine, workflow)

    execution = retry(api, engine, done, **{"from": {"node_id": node_id}})
    assert execution.state.status == "completed"
    reused = dict(NodeRun.objects.filter(execution_id=execution.pk).values_list("node_id", "reused"))
    assert reused == {"start": True, "first": True, node_id: False, "z": False}
    listed = api.get(f"{BASE}executions/{execution.pk}/node-runs/", {"node_id": node_id}).json()["results"]
    assert [row["node_id"] for row in listed] == [node_id]
    partial = {"node_id": node_id, "direction": "only", "base_execution_id": str(done.pk), "wait_s": 0}
    reply = api.post(f"{BASE}workflows/{workflow}/partial-execute/", partial, format="json")
    assert reply.status_code == 202, reply.json()


def test_a_retry_with_other_input_or_other_outputs(api: APIClient, engine: EngineThread) -> None:
    done = execute(
        api, engine, make(api, chain(set_node("a", x="{{ $json.n }}"), set_node("z", y="{{ $json.x + 1 }}"))), {"n": 1}
    )

    other = retry(api, engine, done, input={"n": 5})
    assert other.output[0]["json"] == {"n": 5, "x": 5, "y": 6}
    replaced = retry(api, engine, done, overrides={"a": {"main": [{"json": {"x": 40}}]}})
    assert replaced.output[0]["json"] == {"x": 40, "y": 41}
    row = NodeRun.objects.get(execution_id=replaced.pk, node_id="a")
    assert (row.pinned, row.reused) == (True, False)


def test_a_failed_run_is_repaired_on_the_newest_version(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api, chain(set_node("a", x=1), node("b", "stop_and_error", {"message": "no"})))
    failed = execute(api, engine, workflow)
    fixed = chain(set_node("a", x=1), set_node("b", y="{{ $json.x + 1 }}"))
    assert api.patch(f"{BASE}workflows/{workflow}/", fixed, format="json").status_code == 200

    assert retry(api, engine, failed).state.status == "failed"
    execution = retry(api, engine, failed, version="current")

    assert execution.output[0]["json"]["y"] == 2
    assert execution.definition_hash != failed.definition_hash
    assert NodeRun.objects.get(execution_id=execution.pk, node_id="a").reused


def test_a_loop_is_repaired_round_by_round(api: APIClient, engine: EngineThread, peer: Peer) -> None:
    peer.answer("/item", (200, {}, b"{}"), (500, {}, b"{}"), (200, {}, b"{}"))
    document = graph(
        [node("L", "loop"), call(peer, "c", "/item"), node("n"), set_node("z", z=1)],
        [edge("start", "L"), edge("L", "n", "loop"), edge("n", "c"), edge("c", "L"), edge("L", "z", "done")],
    )
    failed = execute(api, engine, make(api, document), [{"n": 0}, {"n": 1}, {"n": 2}])
    assert failed.error["details"]["path"] == "L:1"

    execution = retry(api, engine, failed)

    assert execution.state.status == "completed", execution.error
    assert len(execution.output) == 3
    assert len(paths(peer)) == 4
    rows = NodeRun.objects.filter(execution_id=execution.pk)
    assert dict(rows.filter(node_id="c").values_list("path", "reused")) == {"L:0": True, "L:1": False, "L:2": False}
    assert rows.get(node_id="n", path="L:1").reused


def test_other_branches_that_were_skipped_by_a_failure_run_again(
    api: APIClient, engine: EngineThread, peer: Peer
) -> None:
    peer.answer("/flaky", (500, {}, b"{}"), (200, {}, b"{}"))
    document = graph(
        [call(peer, "a", "/flaky"), set_node("behind", x=1), set_node("side", y=1), node("m", "merge")],
        [edge("start", "a"), edge("a", "behind"), edge("start", "side"), edge("behind", "m", into="input_1"),
         edge("side", "m", into="input_2")],
        error_policy="let_others_finish",
    )  # fmt: skip
    failed = execute(api, engine, make(api, document))
    execution = retry(api, engine, failed)

    assert execution.state.status == "completed"
    rows = dict(NodeRun.objects.filter(execution_id=execution.pk).values_list("node_id", "reused"))
    assert rows == {"start": True, "side": True, "a": False, "behind": False, "m": False}
    assert len(execution.output) == 2


def test_many_are_retried_by_filter_at_a_pace(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api, chain(node("b", "stop_and_error", {"message": "no"})))
    for _ in range(3):
        execute(api, engine, workflow)
    url, asked = (
        f"{BASE}executions/bulk-retry/",
        {"filter": {"workflow_id": workflow, "status": "failed"}, "rate_per_s": 50},
    )

    assert api.post(url, {**asked, "dry_run": True}, format="json").json()["matched"] == 3
    assert api.post(url, {}, format="json").status_code == 400
    job = api.post(url, asked, format="json")
    assert (job.status_code, job.json()["status"]) == (202, "pending")
    work_off()
    done = api.get(job["Location"]).json()
    assert (done["status"], done["progress"]) == ("completed", {"done": 3, "total": 3})
    assert done["result"] == {"matched": 3, "started": 3, "refused": []}
    assert Execution.objects.filter(retry_of_id__isnull=False).count() == 3


def test_many_are_stopped(api: APIClient) -> None:
    workflow = make(api, chain(node("a")))
    ids = [api.post(f"{BASE}workflows/{workflow}/execute/", {}, format="json").json()["id"] for _ in range(2)]
    job = api.post(f"{BASE}executions/bulk-stop/", {"ids": ids, "rate_per_s": 100}, format="json")
    work_off()

    assert api.get(job["Location"]).json()["result"]["started"] == 2
    assert set(RunState.objects.values_list("status", flat=True)) == {"cancelled"}


def why(api: APIClient, execution_id: Any) -> list[dict[str, Any]]:
    reasons: list[dict[str, Any]] = api.get(f"{BASE}executions/{execution_id}/why/").json()["reasons"]
    return reasons


def test_a_run_says_why_it_waits(api: APIClient, engine: EngineThread, user: Any) -> None:
    document = graph(
        [node("ask", "human_task", {"title": "Pay?"}), node("later", "wait", {"seconds": 900}),
         node("call", "wait", {"mode": "signal", "signal": "paid"})],
        [edge("start", "ask"), edge("start", "later"), edge("start", "call")],
    )  # fmt: skip
    reply = api.post(f"{BASE}workflows/{make(api, document)}/execute/", {}, format="json").json()
    engine.ring(reply["id"])
    until(UUID(reply["id"]), {"waiting"})

    found = {reason["code"]: reason for reason in why(api, reply["id"])}
    assert set(found) == {"human_task", "timer", "signal"}
    assert found["signal"]["signal"] == "paid"
    assert found["human_task"]["human_task_id"]
    assert "Pay?" in found["human_task"]["message"]
    assert found["timer"]["until"]
    api.post(f"{BASE}executions/{reply['id']}/stop/", {}, format="json")
    assert [reason["code"] for reason in why(api, reply["id"])] == ["finished"]


def test_a_queued_run_says_why(api: APIClient) -> None:
    workflow = make(api, chain(node("a")))
    first, second = (api.post(f"{BASE}workflows/{workflow}/execute/", {}, format="json").json()["id"] for _ in range(2))
    assert [reason["code"] for reason in why(api, first)] == ["no_worker"]
    ProcessHeartbeat.objects.create(id=UUID(int=1), kind="worker", beat_at=timezone.now() + timedelta(seconds=60),
                                    details={"queues": ["workflows"]})  # fmt: skip
    [behind] = why(api, second)
    assert (behind["code"], behind["position"]) == ("queued_behind", 2)
    RunState.objects.filter(pk=first).update(status="running", limit_key="k", limit_max=1)
    RunState.objects.filter(pk=second).update(limit_key="k", limit_max=1)
    [limited] = why(api, second)
    assert (limited["code"], limited["holders"], limited["limit"]) == ("concurrency_limit", [first], 1)
    api.post(f"{BASE}executions/{second}/pause/")
    assert [reason["code"] for reason in why(api, second)] == ["paused_by_user"]

"""Tests of workflows: what passes, what fails, what takes too long; and that a deploy can ask for one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F
from rest_framework.test import APIClient

from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.selectors import execution_by_id
from orchestrator.models import WorkflowTest
from tests.builders import chain, node, set_node
from tests.integration.executor.running import finished
from tests.integration.outbox.working import hurry, work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"


@pytest.fixture
def engine() -> Any:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def make(api: APIClient, document: dict[str, Any], **more: Any) -> str:
    return str(api.post(BASE, {"name": "w", **document, **more}, format="json").json()["id"])


def judged(api: APIClient, engine: EngineThread, workflow: str, **body: Any) -> dict[str, Any]:
    begun = api.post(f"{BASE}{workflow}/test/", body, format="json")
    assert (begun.status_code, begun.json()["status"]) == (202, "running")
    engine.ring(begun.json()["execution_id"])
    finished(UUID(begun.json()["execution_id"]))
    result: dict[str, Any] = api.get(begun["Location"]).json()
    return result


@pytest.mark.parametrize(
    ("expected", "status", "paths"),
    [(None, "passed", []), ({"x": 2}, "passed", []), ({"x": 3}, "failed", ["x"]),
     ({"deep": {"a": [1, 3], "b": True}}, "failed", ["deep.a[1]", "deep.b"]), ([1], "failed", [""])],
)  # fmt: skip
def test_what_is_expected_must_be_contained(
    api: APIClient, engine: EngineThread, expected: Any, status: str, paths: list[str]
) -> None:
    workflow = make(api, chain(set_node("a", x="{{ $json.n + 1 }}", deep={"a": [1, 2], "b": 1})))
    result = judged(api, engine, workflow, input={"n": 1}, expected=expected)

    assert result["status"] == status
    assert [difference["path"] for difference in result["differences"]] == paths
    assert api.get(f"{BASE}{workflow}/").json()["last_test"]["status"] == status
    assert api.get(f"{BASE}{workflow}/tests/").json()["count"] == 1
    assert execution_by_id(UUID(result["execution_id"])).mode == "test"


def test_a_failing_node_fails_the_test_and_pins_are_used(api: APIClient, engine: EngineThread) -> None:
    document = chain(node("bad", "stop_and_error", {"message": "no"}))
    assert judged(api, engine, make(api, document))["status"] == "failed"
    calling = node("bad", "http_request", {"url": "http://127.0.0.1:1/"})
    pinned = make(api, chain(calling, set_node("z", z=1)), name="p",
                  pinned_data={"bad": {"main": [{"json": {"n": 1}}]}})  # fmt: skip
    assert judged(api, engine, pinned, expected={"n": 1, "z": 1})["status"] == "passed"


def test_a_test_that_takes_too_long_is_stopped(api: APIClient) -> None:
    begun = api.post(f"{BASE}{make(api, chain(node('a')))}/test/", {"timeout_s": 5}, format="json").json()
    work_off()
    assert WorkflowTest.objects.get().status == "running"
    WorkflowTest.objects.update(created_at=F("created_at") - timedelta(seconds=6))
    hurry()
    work_off()
    assert WorkflowTest.objects.get().status == "timeout"
    assert execution_by_id(UUID(begun["execution_id"])).state.status == "cancelled"


def test_a_deploy_can_ask_for_a_passed_test(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api, chain(set_node("a", x=1)), settings={"require_test": True})
    refused = api.post(f"{BASE}{workflow}/deploy/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "test_required")
    assert judged(api, engine, workflow, expected={"x": 1})["status"] == "passed"
    assert api.post(f"{BASE}{workflow}/deploy/", {}, format="json").status_code == 200
    api.patch(f"{BASE}{workflow}/", chain(set_node("a", x=2), require_test=True), format="json")
    assert api.post(f"{BASE}{workflow}/deploy/", {}, format="json").status_code == 409

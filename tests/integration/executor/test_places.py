"""Limits on runs at once: a run has its place from when it begins until it ends, waits and pauses included."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from executor.models import HumanTask, RunState, Wait
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.selectors import execution_by_id
from executor.verbs.why import reasons_of
from tests.builders import edge, graph, node
from tests.integration.executor.running import finished, until

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/"


@pytest.fixture
def engine() -> Any:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def limited(api: APIClient, most: int) -> str:
    document = graph(
        [node("ask", "human_task", {"title": "x"}), node("z")], [edge("start", "ask"), edge("ask", "z", "approved")]
    )
    document["settings"] = {"concurrency": {"max": most}}
    made = api.post(f"{BASE}workflows/", {"name": "w", **document}, format="json")
    assert made.status_code == 201, made.json()
    return str(made.json()["id"])


def start(api: APIClient, workflow: str) -> UUID:
    return UUID(api.post(f"{BASE}workflows/{workflow}/execute/", {}, format="json").json()["id"])


def test_a_run_that_waits_keeps_its_place_and_goes_on_when_it_is_woken(api: APIClient, engine: EngineThread) -> None:
    workflow = limited(api, 1)
    first = start(api, workflow)
    until(first, {"waiting"})
    second = start(api, workflow)
    RunState.objects.filter(pk=second).update(queued_at=timezone.now() - timedelta(hours=1), priority=9)
    task = HumanTask.objects.get(execution_id=first)
    [reason] = [one for one in reasons_of(execution_by_id(second)) if one["code"] == "concurrency_limit"]
    assert reason["holders"] == [str(first)]
    assert not HumanTask.objects.filter(execution_id=second).exists()

    assert api.post(f"{BASE}hitl/{task.pk}/respond/", {"action": "approve"}, format="json").status_code == 200

    assert finished(first).state.status == "completed", "though another one is before it in the queue"
    until(second, {"waiting"})
    assert Wait.objects.filter(execution_id=second).count() == 1


def test_a_run_that_is_stopped_while_it_waits_gives_its_place_back(api: APIClient, engine: EngineThread) -> None:
    workflow = limited(api, 2)
    first, second = start(api, workflow), start(api, workflow)
    for execution_id in (first, second):
        until(execution_id, {"waiting"})
    third = start(api, workflow)
    assert RunState.objects.get(pk=third).status == "pending"
    assert api.post(f"{BASE}executions/{first}/stop/", {}, format="json").status_code == 202
    until(third, {"waiting"})

"""What one owner asks for delays nobody else: receivers that hang, hundreds of jobs, maps with many children."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import OutboxRow, User
from core.outbox.worker import Room
from executor.models import Execution, HumanTask, RunState, Wait
from executor.queue import recovery
from executor.verbs import below as below_verbs
from executor.verbs import verbs
from orchestrator.executions import pruning
from orchestrator.models import ErrorRun, Job, Schedule, Workflow
from tests.builders import chain, edge, node, set_node
from tests.conftest import serving
from tests.integration.executor.running import queue as queue_run
from tests.integration.outbox.working import left, work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/"


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.stop(2)


def wait_for(is_so: Any, limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def make(api: APIClient, document: dict[str, Any], **settings: Any) -> str:
    body = {"name": f"w {uuid4()}", **document, "settings": settings}
    return str(api.post(f"{BASE}workflows/", body, format="json").json()["id"])


def ended_with_callback(api: APIClient, workflow: str, url: str) -> None:
    begun = api.post(f"{BASE}workflows/{workflow}/execute/", {"callback_url": url}, format="json").json()["id"]
    RunState.objects.filter(pk=begun).update(status="completed")


def test_twenty_slow_receivers_of_one_owner_do_not_delay_anothers_callback(
    api: APIClient, other_api: APIClient, room: Room, settings: Any
) -> None:
    with serving() as slow, serving() as quick:
        settings.HTTP_ALLOWED_PRIVATE_HOSTS = [slow.host, quick.host]
        slow.delay_s = 5
        slow.answer("/", (200, {}, b""))
        quick.answer("/", (200, {}, b""))
        workflow = make(api, chain(node("a")))
        for _ in range(30):
            ended_with_callback(api, workflow, f"{slow.url}/")
        room.start()
        wait_for(lambda: len(slow.calls) >= 20, 10)
        ended_with_callback(other_api, make(other_api, chain(node("a"))), f"{quick.url}/")
        wait_for(lambda: quick.calls, 4)
        assert OutboxRow.objects.filter(state="taken").count() >= 10, "theirs hang still"


def test_two_hundred_bulk_jobs_of_one_user_delay_nobody(
    api: APIClient, user: User, other_api: APIClient, room: Room
) -> None:
    ids = [str(queue_run(chain(node("a")), owner=user.pk)) for _ in range(5)]
    asked = {"ids": ids, "rate_per_s": 0.1}
    replies = [api.post(f"{BASE}executions/bulk-stop/", asked, format="json") for _ in range(200)]
    assert [reply.status_code for reply in replies] == [202] * 3 + [409] * 197
    assert {reply.json()["code"] for reply in replies[3:]} == {"too_many_jobs"}

    document = {"nodes": [node("t", "schedule_trigger", {"interval_s": 60}), node("z")], "edges": [edge("t", "z")]}
    workflow = make(other_api, document)
    other_api.post(f"{BASE}workflows/{workflow}/deploy/", {}, format="json")
    Schedule.objects.update(next_run_at=timezone.now())
    OutboxRow.objects.filter(kind="schedule").update(due_at=timezone.now())
    room.start()
    wait_for(lambda: Execution.objects.filter(trigger="schedule").exists(), 5)
    wait_for(lambda: set(Job.objects.values_list("done", flat=True)) == {1}, 5)
    wait_for(lambda: {row.state for row in left(kind="job")} == {"later"}, 5)  # while it waits it holds no thread
    for job in Job.objects.all():
        assert api.get(f"{BASE}jobs/{job.pk}/").json()["status"] == "running"


def family(size: int, *, owner: UUID) -> tuple[UUID, list[UUID]]:
    parent, *below = [queue_run(chain(node("a")), owner=owner) for _ in range(size + 1)]
    Execution.objects.filter(pk__in=below).update(parent_execution_id=parent)
    RunState.objects.filter(pk=parent).update(status="waiting")
    return parent, below


def test_a_map_of_many_children_is_stopped_in_bounded_transactions(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(below_verbs, "AT_ONCE", 5)
    monkeypatch.setattr(below_verbs, "AFTER_S", -1)  # the request has no time for more than its own transaction
    parent, below = family(23, owner=user.pk)
    assert verbs.pause(execution_id=parent, by=user.pk)
    assert RunState.objects.filter(pk__in=below, status="paused").count() == 5
    work_off()
    assert RunState.objects.filter(pk__in=below, status="paused").count() == 23
    assert verbs.stop(execution_id=parent, by=user.pk, reason=None, now=timezone.now())
    assert RunState.objects.filter(status="cancelled").count() == 6
    work_off()
    assert RunState.objects.filter(status="cancelled").count() == 24
    assert left() == []


@pytest.mark.parametrize("how", ["completed", "failed", "cancelled", "timeout", "lost"])
def test_the_end_of_a_run_closes_what_it_waited_for(how: str) -> None:
    execution_id = queue_run(chain(node("a")))
    past = timezone.now() - timedelta(hours=1)
    Wait.objects.create(execution_id=execution_id, node_id="a", kind="timer", until=past, created_at=past)
    HumanTask.objects.create(
        execution_id=execution_id, owner_id=uuid4(), node_id="a", type="approval", title="?", created_at=past
    )
    if how == "lost":
        RunState.objects.filter(pk=execution_id).update(
            status="running", worker_id=uuid4(), claimed_at=past, suspicion=99
        )
        recovery.sweep()
    else:
        RunState.objects.filter(pk=execution_id).update(status=how)
    assert not Wait.objects.filter(answered_at=None).exists()
    assert HumanTask.objects.get().status == "cancelled"


def test_a_family_stays_while_one_of_it_lives() -> None:
    kept_by = Workflow.objects.create(
        owner_id=uuid4(), name="w", slug="w", settings={"retention": {"days": 1}}, definition_hash=""
    )
    parent, below = family(3, owner=kept_by.owner_id)
    Execution.objects.filter(pk=parent).update(workflow_id=kept_by.pk, finished_at=timezone.now() - timedelta(days=9))
    Execution.objects.filter(pk=below[0]).update(is_detached=True)
    RunState.objects.filter(pk__in=[parent, *below[1:]]).update(status="completed")
    assert pruning.prune(now=timezone.now()) == 0
    assert Execution.objects.count() == 4
    RunState.objects.filter(pk=below[0]).update(status="completed")
    assert pruning.prune(now=timezone.now()) == 1
    assert not Execution.objects.exists()


def test_part_of_a_run_that_goes_on_is_not_deleted(api: APIClient, user: User) -> None:
    parent, below = family(1, owner=user.pk)
    RunState.objects.filter(pk__in=below).update(status="completed")
    refused = api.delete(f"{BASE}executions/{below[0]}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "execution_active")
    RunState.objects.filter(pk=parent).update(status="completed")
    assert api.delete(f"{BASE}executions/{parent}/").status_code == 204
    assert not Execution.objects.exists()


def test_the_error_workflow_is_the_one_named_when_the_run_began(api: APIClient) -> None:
    first, second = (
        make(api, {"nodes": [node("e", "error_trigger"), set_node("s", a=1)], "edges": [edge("e", "s")]})
        for _ in range(2)
    )
    workflow = make(api, chain(node("stop", "stop_and_error", {"message": "no"})), error_workflow_id=first)
    api.post(f"{BASE}workflows/{workflow}/deploy/", {}, format="json")
    url = f"{BASE}workflows/{workflow}/execute/"
    begun = api.post(url, {"version": "deployed"}, format="json").json()["id"]
    api.patch(f"{BASE}workflows/{workflow}/", {"settings": {"error_workflow_id": second}}, format="json")
    Execution.objects.filter(pk=begun).update(end_reason="error", finished_at=timezone.now())
    RunState.objects.filter(pk=begun).update(status="failed")
    work_off()
    started = ErrorRun.objects.get(execution_id=begun).error_execution_id
    assert started is not None
    assert str(Execution.objects.get(pk=started).workflow_id) == first

"""What is left behind: dead letters, and runs that are kept no longer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import shared_task
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import User
from executor.models import DeadLetter, Execution, NodeRun, RunState
from executor.queue import recovery
from executor.verbs import dead_letters
from orchestrator.models import Workflow
from tests.builders import chain, node
from tests.integration.executor.running import queue

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/orchestrator/dead-letters/"


@pytest.fixture
def staff(make_user: Any, as_user: Any) -> APIClient:
    user: User = make_user()
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.refresh_from_db()
    client: APIClient = as_user(user)
    return client


@shared_task(name="tests.breaks")
def breaks(fails: bool = True, **_newer: object) -> None:
    if fails:
        raise RuntimeError("broken")


def letter(**fields: Any) -> DeadLetter:
    asked: dict[str, Any] = {
        "task_name": "tests.breaks",
        "args": [],
        "kwargs": {"fails": True},
        "exception": "x",
        "traceback": "y",
    }
    made = dead_letters.keep(**asked, now=timezone.now())
    DeadLetter.objects.filter(pk=made.pk).update(**fields)
    return made


def test_a_failed_task_is_kept_with_what_it_was_asked(staff: APIClient, api: APIClient) -> None:
    breaks.apply(kwargs={"fails": True})

    [kept] = staff.get(f"{URL}?task_name=tests.breaks").json()["results"]
    assert (kept["status"], kept["kwargs"], kept["retries"]) == ("pending", {"fails": True}, 0)
    assert "RuntimeError" in kept["exception"]
    assert "Traceback" in kept["traceback"]
    assert api.get(URL).status_code == 403
    stats = staff.get(f"{URL}stats/").json()
    assert (stats["by_status"]["pending"], stats["pending_by_task"]) == (1, {"tests.breaks": 1})


def test_a_letter_is_retried_three_times_resolved_and_removed(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "_send", lambda one: None)
    kept = letter()
    for number in range(1, 4):
        reply = staff.post(f"{URL}{kept.pk}/retry/").json()
        assert (reply["status"], reply["retries"]) == ("retrying", number)
    refused = staff.post(f"{URL}{kept.pk}/retry/")
    assert (refused.status_code, refused.json()["code"]) == (409, "retries_used_up")
    assert staff.post(f"{URL}{kept.pk}/resolve/").json()["status"] == "resolved"
    assert staff.post(f"{URL}{kept.pk}/retry/").json()["code"] == "dead_letter_closed"
    assert staff.delete(f"{URL}{kept.pk}/").status_code == 204
    assert staff.get(f"{URL}{kept.pk}/").status_code == 404


def test_a_retried_task_that_succeeds_resolves_its_letter() -> None:
    kept = letter(status="retrying")
    breaks.apply(kwargs={"fails": False}, headers={"heddle_dead_letter": str(kept.pk)})
    assert DeadLetter.objects.get(pk=kept.pk).status == "resolved"
    again = letter(status="retrying")
    breaks.apply(kwargs={"fails": True}, headers={"heddle_dead_letter": str(again.pk)})
    assert DeadLetter.objects.get(pk=again.pk).status == "pending"
    assert DeadLetter.objects.count() == 2


def test_old_letters_expire_and_go(staff: APIClient) -> None:
    now = timezone.now()
    letter(created_at=now - timedelta(days=8), expires_at=now - timedelta(days=1))
    letter(status="resolved", created_at=now - timedelta(days=15), expires_at=now - timedelta(days=8))
    letter(status="resolved", created_at=now - timedelta(days=8), expires_at=now - timedelta(days=1))
    letter(created_at=now - timedelta(days=6), expires_at=now + timedelta(days=1))
    assert staff.post(f"{URL}clean/").json() == {"expired": 1, "deleted": 1}
    assert sorted(DeadLetter.objects.values_list("status", flat=True)) == ["expired", "pending", "resolved"]


def test_a_run_that_took_all_its_workers_is_a_dead_letter_and_can_be_repaired(staff: APIClient, user: User) -> None:
    execution_id = queue(chain(node("a")), owner=user.pk)
    RunState.objects.filter(pk=execution_id).update(
        status="running", worker_id=uuid4(), suspicion=5, claimed_at=timezone.now()
    )
    recovery.sweep()

    [kept] = staff.get(URL).json()["results"]
    assert kept["kwargs"] == {"execution_ids": [str(execution_id)]}
    assert (Execution.objects.get(pk=execution_id).error or {})["code"] == "worker_lost"
    assert staff.post(f"{URL}{kept['id']}/retry/").json()["status"] == "resolved"
    assert Execution.objects.get(retry_of_id=execution_id).owner_id == user.pk


def ended(workflow_id: UUID, days: int, status: str = "completed", parent: UUID | None = None) -> UUID:
    execution_id = queue(chain(node("a")))
    at = timezone.now() - timedelta(days=days)
    Execution.objects.filter(pk=execution_id).update(
        workflow_id=workflow_id, created_at=at, finished_at=at, parent_execution_id=parent
    )
    RunState.objects.filter(pk=execution_id).update(status=status)
    NodeRun.objects.create(
        execution_id=execution_id,
        node_id="a",
        label="a",
        kind="no_op",
        status="completed",
        effect="pure",
        started_at=at,
    )
    return execution_id


@pytest.mark.parametrize(
    ("policy", "left"),
    [({"days": 5}, [0, 1, 4, 9]), ({"count": 2}, [0, 1, 9]), ({"days": 5, "statuses": ["failed"]}, [0, 1, 4, 6, 7, 9])],
)
def test_runs_are_kept_as_long_as_their_workflow_says(policy: dict[str, Any], left: list[int]) -> None:
    workflow = Workflow.objects.create(
        owner_id=uuid4(), name="w", slug="w", settings={"retention": policy}, definition_hash=""
    )
    made = {days: ended(workflow.pk, days) for days in (0, 1, 4, 6, 7)}
    made[8] = ended(workflow.pk, 8, "completed", parent=made[7])
    made[9] = ended(workflow.pk, 9, "running")
    call_command("prune", "--dry-run", verbosity=0)
    assert Execution.objects.count() == 7
    call_command("prune", verbosity=0)

    kept = set(Execution.objects.exclude(parent_execution_id__isnull=False).values_list("pk", flat=True))
    assert kept == {made[days] for days in left}
    assert Execution.objects.filter(parent_execution_id=made[7]).exists() == (7 in left)
    assert NodeRun.objects.count() == Execution.objects.count()
    call_command("prune", verbosity=0)
    assert set(Execution.objects.exclude(parent_execution_id__isnull=False).values_list("pk", flat=True)) == kept


def test_the_setting_for_all_counts_where_a_workflow_says_nothing(settings: Any) -> None:
    old, new = ended(uuid4(), 40), ended(uuid4(), 1)
    call_command("prune", verbosity=0)
    assert Execution.objects.count() == 2
    settings.KEEP_RUNS_DAYS = 30
    call_command("prune", verbosity=0)
    assert [row.pk for row in Execution.objects.all()] == [new]
    assert not NodeRun.objects.filter(execution_id=old).exists()

"""Bulk jobs that meet a trouble of the database, or outlive their time: each thing is done once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import InterfaceError, InternalError, connection
from django.utils import timezone

from core.models import User
from core.outbox.kinds import Row
from executor.models import RunState
from executor.verbs import verbs
from orchestrator.jobs import jobs
from orchestrator.models import Job
from tests.builders import chain, node
from tests.integration.executor.running import queue as queue_run
from tests.integration.outbox.working import hurry, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("trouble", ["SELECT * FROM of_another_release", "closed", "broken"])
def test_a_job_that_meets_a_trouble_of_the_database_goes_on_when_that_is_over(
    user: User, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    ids = [queue_run(chain(node("a")), owner=user.pk) for _ in range(3)]
    real = verbs.stop
    met: list[str] = []

    def stop(**given: Any) -> None:
        real(**given)
        if given["execution_id"] == ids[1] and not met:
            met.append(trouble)
            if trouble == "closed":
                raise InterfaceError("connection already closed")
            if trouble == "broken":
                raise InternalError("a page is unreadable") from psycopg.InternalError("a page is unreadable")
            with connection.cursor() as cursor:
                cursor.execute(trouble)

    monkeypatch.setattr(verbs, "stop", stop)
    params = {"ids": [str(one) for one in ids], "rate_per_s": 100}
    made = jobs.create(actor=user, kind="bulk_stop", params=params, total=3, now=timezone.now())
    work_off()
    assert met
    assert RunState.objects.get(pk=ids[1]).status == "pending", "nothing of it is done"
    assert (Job.objects.get(pk=made.pk).done, Job.objects.get(pk=made.pk).status) == (1, "running")
    hurry()
    work_off()
    assert Job.objects.get(pk=made.pk).result == {"matched": 3, "started": 3, "refused": []}


def test_a_job_of_an_account_that_was_switched_off_ends(user: User) -> None:
    execution_id = queue_run(chain(node("a")), owner=user.pk)
    params = {"ids": [str(execution_id)], "rate_per_s": 100}
    made = jobs.create(actor=user, kind="bulk_stop", params=params, total=1, now=timezone.now())
    User.objects.filter(pk=user.pk).update(is_active=False)
    work_off()
    job = Job.objects.get(pk=made.pk)
    assert (job.status, job.done, job.error["code"]) == ("failed", 0, "not_found")
    assert RunState.objects.get(pk=execution_id).status == "pending"


def test_a_turn_of_a_job_that_outlives_its_time_is_not_done_beside_it(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [queue_run(chain(node("a")), owner=user.pk) for _ in range(3)]
    real, goes_on, hangs = verbs.stop, threading.Event(), threading.Event()
    stopped: list[UUID] = []

    def stop(**given: Any) -> None:
        stopped.append(given["execution_id"])
        real(**given)
        if given["execution_id"] == ids[1]:
            hangs.set()
            assert goes_on.wait(20)

    monkeypatch.setattr(verbs, "stop", stop)
    params = {"ids": [str(one) for one in ids], "rate_per_s": 100}
    made = jobs.create(actor=user, kind="bulk_stop", params=params, total=3, now=timezone.now())
    row = Row(uuid4(), jobs.KIND, user.pk, {"job_id": str(made.pk)}, None, 1, 0, 0, timezone.now())

    def turn() -> Any:
        try:
            return jobs.work(row)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(turn)
        assert hangs.wait(20)
        assert jobs.work(row) is not None, "it looks again"
        assert Job.objects.get(pk=made.pk).done == 1
        goes_on.set()
        first.result(20)
    while jobs.work(row) is not None:
        pass
    assert stopped == ids
    assert Job.objects.get(pk=made.pk).result == {"matched": 3, "started": 3, "refused": []}

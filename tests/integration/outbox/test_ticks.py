"""Beat's ticks in a real worker: they never wait behind other tasks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import beat_init
from django.conf import settings
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from core.process.ticks import QUEUE, strategy
from workflow_backend.celery import app as heddle

TICKED, BLOCKED, OPEN = threading.Event(), threading.Semaphore(0), threading.Event()


@pytest.fixture
def app() -> Iterator[Celery]:
    """A worker with four threads on queues of its own."""
    made = Celery("ticks test", broker=settings.REDIS_URL, set_as_current=False)
    made.conf.update(task_ignore_result=True, broker_transport_options={"global_keyprefix": "ticks-test-"})

    @made.task(name="test.block")
    def block() -> None:
        BLOCKED.release()
        OPEN.wait(30)

    made.task(name="test.tick", Strategy="core.process.ticks:strategy")(TICKED.set)
    with start_worker(
        made, pool="threads", concurrency=4, perform_ping_check=False, queues=["users", QUEUE], loglevel="ERROR"
    ):
        yield made
        OPEN.set()


def test_a_tick_does_not_wait_behind_tasks_that_hold_all_threads(app: Celery) -> None:
    for _ in range(12):
        app.send_task("test.block", queue="users")
    for _ in range(4):
        assert BLOCKED.acquire(timeout=10)
    assert not TICKED.is_set()
    app.send_task("test.tick", queue=QUEUE)
    assert TICKED.wait(10)
    assert not OPEN.is_set()


def test_all_that_beat_sends_goes_to_the_queue_of_ticks_and_expires() -> None:
    heddle.loader.import_default_modules()
    entries: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE
    for name, entry in entries.items():
        assert entry["options"]["queue"] == QUEUE, name
        assert 0 < entry["options"]["expires"] <= 3600, name
        assert heddle.tasks[entry["task"]].Strategy == f"{strategy.__module__}:strategy", name


@pytest.mark.django_db
def test_beat_forgets_what_only_an_earlier_release_rang_for() -> None:
    often = IntervalSchedule.objects.create(every=5, period=IntervalSchedule.SECONDS)
    for name, task in (
        ("sweep", "executor.sweep"), ("callbacks", "orchestrator.deliver_callbacks"), ("swept", "executor.sweep"),
        ("celery.backend_cleanup", "celery.backend_cleanup"), ("an operator's", "backup.nightly"),
    ):  # fmt: skip
        PeriodicTask.objects.create(name=name, task=task, interval=often)
    beat_init.send(sender=None)
    assert set(PeriodicTask.objects.values_list("name", flat=True)) == {"sweep", "an operator's"}

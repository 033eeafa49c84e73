"""Ways in from Celery: unpack, one call."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from core.clock import database_now
from executor import dead_letters
from orchestrator.services import (
    error_runs,
    failure_mails,
    files,
    jobs,
    notifying,
    polls,
    pruning,
    schedules,
    testing,
)


@shared_task(name="orchestrator.work_on_jobs")
def work_on_jobs(**_newer: object) -> None:
    jobs.work(now=database_now())


@shared_task(name="orchestrator.fire_schedules")
def fire_schedules(**_newer: object) -> None:
    schedules.fire_due(now=database_now())


@shared_task(name="orchestrator.poll_triggers")
def poll_triggers(**_newer: object) -> None:
    """Ask every trigger that is due in a task of its own: a slow one keeps nobody waiting."""
    for poll_id in polls.due(database_now()):
        poll_trigger.apply_async(kwargs={"poll_id": str(poll_id)}, expires=30)


@shared_task(name="orchestrator.poll_trigger")
def poll_trigger(*, poll_id: str, **_newer: object) -> None:
    polls.ask(UUID(poll_id), database_now())


@shared_task(name="orchestrator.clean_up")
def clean_up(**_newer: object) -> None:
    dead_letters.clean(now=database_now())
    pruning.prune(now=database_now())
    files.sweep(now=database_now())


@shared_task(name="orchestrator.start_error_workflows")
def start_error_workflows(**_newer: object) -> None:
    error_runs.start_due(now=database_now())


@shared_task(name="orchestrator.judge_tests")
def judge_tests(**_newer: object) -> None:
    testing.settle_due(now=database_now())


@shared_task(name="orchestrator.notify")
def notify(**_newer: object) -> None:
    notifying.notify_due(now=database_now())
    failure_mails.send_due(now=database_now())

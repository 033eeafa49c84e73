"""Ways in from Celery: unpack, one call."""

from __future__ import annotations

from celery import shared_task

from executor import recovery
from executor.dispatch import RUN_EXECUTION, SWEEP
from executor.worker import THREAD


@shared_task(name=RUN_EXECUTION, acks_late=False, ignore_result=True)
def run_execution(*, execution_id: str, **_newer: object) -> None:
    """Hand a run to this process's engine; returns at once."""
    THREAD.ring(execution_id)


@shared_task(name=SWEEP, ignore_result=True)
def sweep(**_newer: object) -> None:
    recovery.sweep()

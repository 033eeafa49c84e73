"""Ways in from Celery: unpack, one call."""

from __future__ import annotations

from celery import shared_task

from core.process.ticks import tick
from executor.dispatch import RUN_EXECUTIONS, RUN_NODES, SWEEP
from executor.process.worker import THREAD
from executor.queue import recovery


@shared_task(name=RUN_EXECUTIONS, acks_late=False, ignore_result=True)
def run_executions(*, execution_ids: list[str], **_newer: object) -> None:
    """Hand runs to this process's engine; returns at once."""
    for execution_id in execution_ids:
        THREAD.ring(execution_id)


@shared_task(name=RUN_NODES, acks_late=False, ignore_result=True)
def run_nodes(**_newer: object) -> None:
    """Let this process's engine look at the queues it serves."""
    THREAD.look_at_queues()


@tick(SWEEP)
def sweep(**_newer: object) -> None:
    recovery.sweep()


@tick("executor.wake_the_stuck")
def wake_the_stuck(**_newer: object) -> None:
    recovery.look_closely()

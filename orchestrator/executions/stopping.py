"""Stopping all that runs of a workflow."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from executor.domain.lifecycle import FINAL
from executor.models import Execution
from executor.verbs import verbs

AT_ONCE = 500
REASON = "The workflow was deleted"


def stop_all_of(*, workflow_id: UUID, by: UUID, now: datetime) -> int:
    """Stop every run of a workflow that has not ended; returns how many were asked to."""
    alive = Execution.objects.filter(workflow_id=workflow_id).exclude(
        state__status__in=[str(status) for status in FINAL]
    )
    left = alive.exclude(state__command="stop").order_by("pk").values_list("pk", flat=True)
    stopped = 0
    while ids := list(left[:AT_ONCE]):
        reached = verbs.stop_these(ids=ids, by=by, reason=REASON)
        stopped += reached
        if not reached:  # somebody holds each of them: they are waited for, one by one
            return stopped + sum(_stopped(execution_id, by, now) for execution_id in ids)
    return stopped


def _stopped(execution_id: UUID, by: UUID, now: datetime) -> bool:
    try:
        return verbs.stop(execution_id=execution_id, by=by, reason=REASON, now=now)
    except verbs.IllegalTransition:
        return False  # it ended meanwhile

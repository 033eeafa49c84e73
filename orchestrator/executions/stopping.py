"""Stopping all that runs of a workflow."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from executor.domain.lifecycle import FINAL
from executor.models import Execution
from executor.verbs import verbs


def stop_all_of(*, workflow_id: UUID, by: UUID, now: datetime) -> int:
    """Stop every run of a workflow that has not ended; returns how many were asked to."""
    alive = Execution.objects.filter(workflow_id=workflow_id).exclude(
        state__status__in=[str(status) for status in FINAL]
    )
    stopped = 0
    for execution_id in alive.order_by("pk").values_list("pk", flat=True):
        try:
            stopped += verbs.stop(execution_id=execution_id, by=by, reason="The workflow was deleted", now=now)
        except verbs.IllegalTransition:
            continue  # it ended meanwhile
    return stopped

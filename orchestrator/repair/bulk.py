"""Retrying and stopping one run of many: the kinds of jobs that are about runs."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from core.access.roles import Role
from core.models import User
from executor.models import RunState
from executor.selectors import NOT_LISTED, execution_for
from executor.verbs import verbs
from orchestrator.models import Job
from orchestrator.repair import retries


def retry_one(actor: User, job: Job, execution_id: str) -> None:
    """Retry a run as the job asks for, unless it was retried. Raises: AlreadyRetried, as `retries.retry`."""
    RunState.objects.select_for_update().filter(
        pk=UUID(execution_id)
    ).first()  # of two jobs the second one sees the first
    known = retries.retries_of(UUID(execution_id)).exclude(idempotency_key=f"job:{job.pk}:{execution_id}").first()
    if known is not None:
        raise retries.AlreadyRetried("This run was retried already", execution_id=str(known.pk))
    start = job.params.get("from", "failed")
    request = retries.RetryRequest(
        start=tuple(start) if isinstance(start, list) else start,
        version=job.params.get("version", "same"),
        idempotency_key=f"job:{job.pk}:{execution_id}",
    )
    retries.retry(actor=actor, execution_id=UUID(execution_id), request=request, now=timezone.now())


def stop_one(actor: User, job: Job, execution_id: str) -> None:
    """Stop a run, if its actor still may. Raises: Missing, RoleRequired; as `verbs.stop`."""
    execution = execution_for(actor, UUID(execution_id), needs=Role.RUNNER, without=NOT_LISTED)
    verbs.stop(execution_id=execution.pk, by=actor.pk, reason="Stopped with others", now=timezone.now())

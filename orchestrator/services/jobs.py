"""Jobs: work on many things at a set pace, in slices, so that a lost worker costs one slice and nothing twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.errors import Missing, WorkflowError
from core.models import User
from executor import verbs
from orchestrator.models import Job
from orchestrator.services import repairing, schedules

logger = logging.getLogger(__name__)
SLICE_S = 20.0
LOCK_S = 60.0


def create(*, actor: User, kind: str, params: dict[str, Any], total: int, now: datetime) -> Job:
    return Job.objects.create(owner_id=actor.pk, kind=kind, params=params, total=total, created_at=now)


def job_for(actor: User, job_id: UUID) -> Job:
    """Return a job of this user. Raises: Missing."""
    job = Job.objects.filter(pk=job_id, owner_id=actor.pk).first()
    if job is None:
        raise Missing("There is no such job")
    return job


def work(now: datetime) -> int:
    """Work on the oldest job nobody works on, for a slice of time; returns how many of its things were done."""
    job = _claim(now)
    if job is None:
        return 0
    one = KINDS[job.kind]
    pause_s = 1 / float(job.params.get("rate_per_s") or 10)
    result = job.result or {"matched": job.total, "started": 0, "refused": []}
    actor = User.objects.get(pk=job.owner_id)
    end, before = time.monotonic() + SLICE_S, job.done
    ids = job.params["ids"]
    while job.done < len(ids) and time.monotonic() < end:
        begun = time.monotonic()
        with transaction.atomic():
            try:
                with transaction.atomic():
                    one(actor, job, ids[job.done])
                result["started"] += 1
            except WorkflowError as exc:
                result["refused"].append({"id": ids[job.done], "code": exc.code})
            job.done += 1
            Job.objects.filter(pk=job.pk).update(done=job.done, result=result, status=Job.Status.RUNNING)
        time.sleep(max(pause_s - (time.monotonic() - begun), 0))
    fields: dict[str, Any] = {"locked_until": None}
    if job.done >= len(ids):
        fields |= {"status": Job.Status.COMPLETED, "finished_at": timezone.now(), "result": result}
    Job.objects.filter(pk=job.pk).update(**fields)
    return job.done - before


@transaction.atomic
def _claim(now: datetime) -> Job | None:
    waiting = Job.objects.filter(status__in=[Job.Status.PENDING, Job.Status.RUNNING])
    free = waiting.filter(Q(locked_until=None) | Q(locked_until__lt=now))
    job = free.select_for_update(skip_locked=True).order_by("created_at").first()
    if job is not None:
        job.locked_until = now + timedelta(seconds=LOCK_S)
        job.save(update_fields=["locked_until"])
    return job


def _retry(actor: User, job: Job, execution_id: str) -> None:
    start = job.params.get("from", "failed")
    request = repairing.RetryRequest(
        start=tuple(start) if isinstance(start, list) else start,
        version=job.params.get("version", "same"),
        idempotency_key=f"job:{job.pk}:{execution_id}",
    )
    repairing.retry(actor=actor, execution_id=UUID(execution_id), request=request, now=timezone.now())


def _stop(actor: User, job: Job, execution_id: str) -> None:
    verbs.stop(execution_id=UUID(execution_id), by=actor.pk, reason="Stopped with others", now=timezone.now())


def _backfill(actor: User, job: Job, moment: str) -> None:
    schedule = schedules.schedule_for(actor, UUID(job.params["schedule_id"]))
    schedules.occur(schedule, datetime.fromisoformat(moment), timezone.now())


KINDS: dict[str, Callable[[User, Job, str], None]] = {
    "bulk_retry": _retry,
    "bulk_stop": _stop,
    "backfill": _backfill,
}

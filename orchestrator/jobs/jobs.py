"""Jobs: work on many things at a set pace. What is due is done, and the rest is a row of the outbox with its moment.

An owner has a few open jobs at most. Each thing is done and counted in one transaction: a lost worker costs nothing.
What is done with a thing is the kind's: `JOB_KINDS` in the settings names a function (actor, job, thing) for each.
"""

from __future__ import annotations

import hashlib
import logging
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from core.access import reach
from core.clock import database_now
from core.database.errors import is_outage
from core.errors import Conflict, Missing, WorkflowError
from core.json import canonical
from core.models import User
from core.outbox import queue
from core.outbox.kinds import Later, Outcome, Row
from executor.verbs.executions import IdempotencyKeyReused
from orchestrator.compiling import admission
from orchestrator.models import Job

logger = logging.getLogger(__name__)
KIND = "job"
MOST_OPEN = 3
KEEP_KEYS = timedelta(hours=24)
TURN_S = 0.5  # after that others may have the thread
HELD_S = 5  # when to look again where another turn is at it
OPEN = (Job.Status.PENDING, Job.Status.RUNNING)


class TooManyJobs(Conflict):
    """This owner has as many open jobs as one may have."""

    code = "too_many_jobs"


def create(*, actor: User, kind: str, params: dict[str, Any], total: int, now: datetime) -> Job:
    """Begin a job. Raises: TooManyJobs."""
    return create_once(actor=actor, kind=kind, params=params, total=total, now=now, key=None, asked=None)[0]


@transaction.atomic
def create_once(
    *, actor: User, kind: str, params: dict[str, Any], total: int, now: datetime, key: str | None,
    asked: Any,
) -> tuple[Job, bool]:  # fmt: skip
    """Begin a job; returns (job, whether it is new). With a key that was used before: the same job.

    Raises: TooManyJobs, IdempotencyKeyReused where something else was `asked` with that key.
    """
    digest = hashlib.sha256(canonical(asked)).hexdigest()
    with connection.cursor() as cursor:  # of two at once the second one counts the first
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('jobs:' || %s, 0))", [str(actor.pk)])
    known = _of_key(actor, kind, key, now)
    if known is not None:
        if known.params["digest"] != digest:
            raise IdempotencyKeyReused("This Idempotency-Key was used with another body", job_id=str(known.pk))
        return known, False
    params = {**params, "key": key, "digest": digest} if key is not None else params
    if reach.owned(Job.objects.filter(status__in=OPEN), actor).count() >= MOST_OPEN:
        raise TooManyJobs(f"You have {MOST_OPEN} open jobs; wait until one of them has ended", most=MOST_OPEN)
    job = Job.objects.create(owner_id=actor.pk, kind=kind, params=params, total=total, created_at=now)
    queue.add(KIND, owner_id=actor.pk, payload={"job_id": str(job.pk)}, key=f"{KIND}:{job.pk}")
    return job, True


def _of_key(actor: User, kind: str, key: str | None, now: datetime) -> Job | None:
    if key is None:
        return None
    rows = reach.owned(Job.objects.filter(kind=kind, params__key=key, created_at__gt=now - KEEP_KEYS), actor)
    return rows.order_by("-created_at").first()


def job_for(actor: User, job_id: UUID) -> Job:
    """Return a job of this user. Raises: Missing."""
    job = reach.owned(Job.objects.filter(pk=job_id), actor).first()
    if job is None:
        raise Missing("There is no such job")
    return job


def work(row: Row) -> Outcome:
    """Do what of a job is due now; returns when to go on."""
    job = Job.objects.filter(pk=row.payload["job_id"], status__in=OPEN).first()
    if job is None:
        return None
    actor = User.objects.filter(pk=job.owner_id, is_active=True).first()
    if actor is None:
        Job.objects.filter(pk=job.pk).update(
            status=Job.Status.FAILED,
            finished_at=timezone.now(),
            error={"code": "not_found", "message": "Its account is switched off, or gone"},
        )
        return None
    rate_per_s = float(job.params.get("rate_per_s") or 10)
    begun, end = database_now(), time.monotonic() + TURN_S
    ids, first = job.params["ids"], job.done
    while job.done < len(ids) and job.done - first < max(rate_per_s, 1) and time.monotonic() < end:
        if not _next(actor, job):
            return Later(begun + timedelta(seconds=HELD_S))
    if job.done < len(ids):
        return Later(begun + timedelta(seconds=(job.done - first) / rate_per_s))
    Job.objects.filter(pk=job.pk, status__in=OPEN).update(
        status=Job.Status.COMPLETED, finished_at=timezone.now(), result=_result(job)
    )
    return None


def _result(job: Job) -> dict[str, Any]:
    return job.result or {"matched": job.total, "started": 0, "refused": []}


@admission.atomic
def _next(actor: User, job: Job) -> bool:
    """Do the next thing of a job and count it, in one; returns False where another turn is at it, or was.

    A turn that went over its time goes on in its thread until it comes back: what it does is not done beside it.
    """
    mine = Job.objects.select_for_update(skip_locked=True).filter(pk=job.pk, status__in=OPEN, done=job.done)
    if not mine.values_list("pk").first():
        return False
    item, result = job.params["ids"][job.done], _result(job)
    problem = _do(actor, job, item)
    if problem:
        result["refused"].append({"id": item, "code": problem})
    else:
        result["started"] += 1
    Job.objects.filter(pk=job.pk).update(done=job.done + 1, result=result, status=Job.Status.RUNNING)
    job.done, job.result = job.done + 1, result
    return True


def _do(actor: User, job: Job, item: str) -> str:
    """Do one thing of a job; returns the code of what went wrong, "" for nothing: that is this thing's alone."""
    try:
        with transaction.atomic():
            import_string(settings.JOB_KINDS[job.kind])(actor, job, item)
    except admission.TooManyCompilations:
        raise  # nothing of this thing is done: it is tried again
    except WorkflowError as exc:
        return exc.code
    except Exception as exc:
        if is_outage(exc):
            raise  # the database is away, or of another release: nothing of this thing is done
        logger.exception("%s of the job %s raised", item, job.pk)
        return "internal_error"
    return ""

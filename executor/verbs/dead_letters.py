"""The dead-letter queue: what could not be finished, with what it was asked and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from core.errors import Conflict, Missing
from core.json import MAX_DEPTH, lossy
from core.outbox import queue
from core.outbox.kinds import Row
from core.text.scrubbing import scrubbed, scrubbed_log
from executor import dispatch
from executor.models import DeadLetter

KEEP = timedelta(days=7)
MOST_RETRIES = 3
LONGEST = 20_000


class RetriesUsedUp(Conflict):
    code = "retries_used_up"


class DeadLetterClosed(Conflict):
    code = "dead_letter_closed"


def keep(
    *, task_name: str, args: Sequence[Any], kwargs: Mapping[str, Any], exception: str, traceback: str, now: datetime
) -> DeadLetter:
    """Store what could not be done."""
    return DeadLetter.objects.create(
        task_name=task_name,
        args=_plain(scrubbed(list(args))),
        kwargs=_plain(scrubbed(dict(kwargs))),
        exception=scrubbed_log(exception)[:LONGEST],
        traceback=scrubbed_log(traceback)[-LONGEST:],
        created_at=now,
        expires_at=now + KEEP,
    )


OUTBOX = "outbox."


def keep_row(*, row: Row, problem: str) -> DeadLetter:
    """Store a row of the outbox that was tried often enough."""
    asked = {"owner_id": str(row.owner_id), "payload": dict(row.payload), "key": row.key}
    return keep(
        task_name=f"{OUTBOX}{row.kind}", args=(), kwargs=asked, exception=problem, traceback="", now=timezone.now()
    )


def keep_lost_run(*, execution_id: UUID, cause: str) -> None:
    """Store that a run took its processes down."""
    keep(
        task_name=dispatch.RUN_EXECUTIONS, args=(), kwargs={"execution_ids": [str(execution_id)]},
        exception=f"worker_lost: {cause}", traceback="", now=timezone.now(),
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """Return what JSON can hold; anything else as text."""
    return lossy(value, MAX_DEPTH)


def letter_for(letter_id: UUID) -> DeadLetter:
    """Return a dead letter. Raises: Missing."""
    letter = DeadLetter.objects.filter(pk=letter_id).first()
    if letter is None:
        raise Missing("There is no such dead letter")
    return letter


@transaction.atomic
def retry(*, letter_id: UUID) -> DeadLetter:
    """Send the task again, three times at most. Raises: Missing, RetriesUsedUp, DeadLetterClosed."""
    letter = DeadLetter.objects.select_for_update().filter(pk=letter_id).first()
    if letter is None:
        raise Missing("There is no such dead letter")
    if letter.status in (DeadLetter.Status.RESOLVED, DeadLetter.Status.EXPIRED):
        raise DeadLetterClosed(f"The dead letter is {letter.status}")
    if letter.retries >= MOST_RETRIES:
        raise RetriesUsedUp("It was tried again three times already")
    letter.retries += 1
    letter.status = DeadLetter.Status.RETRYING
    letter.save(update_fields=["retries", "status"])
    transaction.on_commit(lambda: _send(letter))
    return letter


def _send(letter: DeadLetter) -> None:
    if letter.task_name.startswith(OUTBOX):
        _put_back(letter)
        return
    headers = {"heddle_dead_letter": str(letter.pk)}
    current_app.send_task(letter.task_name, args=letter.args, kwargs=letter.kwargs, headers=headers)


def _put_back(letter: DeadLetter) -> None:
    """Let the outbox do it again. That row is its record from now on: if it fails again there is a new letter."""
    asked = letter.kwargs
    queue.add(
        letter.task_name.removeprefix(OUTBOX), owner_id=UUID(asked["owner_id"]), payload=asked["payload"],
        key=asked["key"],
    )  # fmt: skip
    resolve(letter_id=letter.pk)


def resolve(*, letter_id: UUID) -> DeadLetter:
    """Close a dead letter as dealt with; again it stays so. Raises: Missing."""
    letter = letter_for(letter_id)
    letter.status = DeadLetter.Status.RESOLVED
    letter.save(update_fields=["status"])
    return letter


def remove(*, letter_id: UUID) -> None:
    letter_for(letter_id).delete()


def clean(*, now: datetime) -> dict[str, int]:
    """Close what was left open too long, and remove what has been closed as long again."""
    # Each expires so long after it was made, and that is what an index has.
    open_ = DeadLetter.objects.filter(status__in=["pending", "retrying"], created_at__lt=now - KEEP, expires_at__lt=now)
    expired = open_.update(status=DeadLetter.Status.EXPIRED)
    gone, _ = DeadLetter.objects.filter(
        status__in=["resolved", "expired"], created_at__lt=now - 2 * KEEP, expires_at__lt=now - KEEP
    ).delete()
    return {"expired": expired, "deleted": gone}


def stats() -> dict[str, Any]:
    """Return how many there are, by status and by task."""
    by_status = dict.fromkeys(DeadLetter.Status.values, 0)
    by_status |= dict(DeadLetter.objects.values_list("status").annotate(Count("pk")))
    by_task = dict(DeadLetter.objects.filter(status="pending").values_list("task_name").annotate(Count("pk")))
    return {"total": sum(by_status.values()), "by_status": by_status, "pending_by_task": by_task}

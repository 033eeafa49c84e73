"""Failed Celery tasks become dead letters; a retried one that succeeds is resolved."""

from __future__ import annotations

import logging
import traceback as traces
from typing import Any
from uuid import UUID

from celery.signals import task_failure, task_success
from django.db import DatabaseError
from django.utils import timezone

from executor.models import DeadLetter
from executor.verbs import dead_letters

logger = logging.getLogger(__name__)


def _letter_of(task: Any) -> DeadLetter | None:
    headers = getattr(getattr(task, "request", None), "headers", None) or {}
    found = headers.get("heddle_dead_letter")
    return DeadLetter.objects.filter(pk=UUID(found)).first() if found else None


@task_failure.connect
def keep_failed(
    sender: Any = None, exception: Any = None, args: Any = (), kwargs: Any = None, einfo: Any = None, **_more: object
) -> None:
    """Store a failed task; one that was retried goes back to its letter."""
    try:
        text = "".join(traces.format_exception(exception)) if exception is not None else str(einfo)
        letter = _letter_of(sender)
        if letter is not None:
            letter.status, letter.exception, letter.traceback = (
                DeadLetter.Status.PENDING,
                repr(exception),
                text[-20_000:],
            )
            letter.save(update_fields=["status", "exception", "traceback"])
            return
        dead_letters.keep(
            task_name=sender.name, args=args or (), kwargs=kwargs or {}, exception=repr(exception), traceback=text,
            now=timezone.now(),
        )  # fmt: skip
    except DatabaseError:
        logger.exception("a failed task could not be stored")


@task_success.connect
def resolve_retried(sender: Any = None, **_more: object) -> None:
    try:
        letter = _letter_of(sender)
        if letter is not None:
            dead_letters.resolve(letter_id=letter.pk)
    except DatabaseError:
        logger.exception("a dead letter could not be resolved")

"""Repairs that staff make: in the name of a run's owner, with who asked for it on the new run."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from core.errors import Missing
from core.models import User
from executor import selectors as runs
from executor.dispatch import RUN_EXECUTIONS
from executor.models import DeadLetter
from executor.verbs import dead_letters
from executor.verbs.executions import Started
from orchestrator.repair import retries
from orchestrator.repair.retries import RetryRequest


def retry_run(*, execution_id: UUID, by: UUID) -> Started:
    """Retry a run from what failed. Raises: Missing where its owner is gone, and as `retries.retry`."""
    owner = User.objects.filter(pk=runs.execution_by_id(execution_id).owner_id).first()
    if owner is None:
        raise Missing("The run's owner has no account any more")
    return retries.retry(actor=owner, execution_id=execution_id, request=RetryRequest(), now=timezone.now(), by=by)


def retry_letter(*, letter_id: UUID) -> DeadLetter:
    """Do again what a dead letter holds. Raises: Missing, RetriesUsedUp, DeadLetterClosed, as `retries.retry`."""
    letter = dead_letters.letter_for(letter_id)
    if letter.task_name == RUN_EXECUTIONS and letter.exception.startswith("worker_lost"):
        return retries.retry_lost_run(letter, now=timezone.now())
    return dead_letters.retry(letter_id=letter_id)

"""The outbox in this process: what is due is done, here and now."""

from __future__ import annotations

from django.db.models.functions import Now

from core.models import OutboxRow
from core.outbox.worker import Room


def work_off() -> None:
    """Do all that is due."""
    Room.work_off()


def hurry(**fields: object) -> int:
    """Let what waits for its moment be due now; returns how many rows that were."""
    return OutboxRow.objects.filter(state="later", **fields).update(due_at=Now())


def left(**fields: object) -> list[OutboxRow]:
    return list(OutboxRow.objects.filter(**fields).order_by("created_at"))

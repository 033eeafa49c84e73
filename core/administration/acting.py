"""Actions on rows that were chosen in a list: each alone, by the service the API uses, with a row in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from core.errors import WorkflowError
from core.models import AuditEntry, User

MOST_AT_ONCE = 200
MOST_TOLD = 5


def actor(request: HttpRequest) -> User:
    """Return who acts: the site lets nobody in who is no user."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 (the site's door let nobody else in)
    return user


def note(request: HttpRequest, action: str, row: Any, changes: dict[str, Any] | None = None) -> None:
    """Add to the audit log what somebody did to a row."""
    AuditEntry.objects.create(
        at=timezone.now(), user_id=actor(request).pk, owner_id=getattr(row, "owner_id", None),
        action=f"{row._meta.model_name}.{action}", object_type=row._meta.model_name, object_id=str(row.pk)[:64],
        changes={"through": [None, "admin"], **(changes or {})},
    )  # fmt: skip


def each(request: HttpRequest, rows: QuerySet[Any], action: str, work: Callable[[Any], object]) -> None:
    """Do something to each chosen row, and say what became of them; those that refuse hinder no other."""
    done, refused = 0, list[str]()
    chosen = list(rows[: MOST_AT_ONCE + 1])
    for row in chosen[:MOST_AT_ONCE]:
        try:
            with transaction.atomic():
                work(row)
                note(request, action, row)
        except WorkflowError as exc:
            refused.append(f"{row}: {exc.message}")
        else:
            done += 1
    if done:
        messages.success(request, f"{action}: {done} done")
    for sentence in refused[:MOST_TOLD]:
        messages.error(request, sentence)
    if len(refused) > MOST_TOLD:
        messages.error(request, f"and {len(refused) - MOST_TOLD} others were refused")
    if len(chosen) > MOST_AT_ONCE:
        messages.warning(request, f"Only the first {MOST_AT_ONCE} of the chosen rows were looked at")

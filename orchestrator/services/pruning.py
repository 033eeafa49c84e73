"""Removing old runs: by age for all, by age, count and status for a workflow; in small batches."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from core import blob_lifetime
from core.outbox import queue
from executor.models import EventBatch, Execution, HumanTask, NodeJob, NodeRun, Signal, Wait
from executor.selectors import FINAL_VALUES
from orchestrator.models import Workflow

BATCH = 200


def prune(*, now: datetime, dry_run: bool = False) -> int:
    """Remove what the policies no longer keep; returns how many runs that were.

    A workflow's `settings.retention` is `{days?, count?, statuses?}`; without one the setting for all counts.
    """
    removed = 0
    special: list[UUID] = []
    for workflow in Workflow.objects.filter(settings__has_key="retention").only("id", "settings"):
        policy = workflow.settings.get("retention")
        if isinstance(policy, dict):
            special.append(workflow.pk)
            removed += _apply(Execution.objects.filter(workflow_id=workflow.pk), policy, now, dry_run)
    if settings.KEEP_RUNS_DAYS > 0:
        others = Execution.objects.exclude(workflow_id__in=special)
        removed += _apply(others, {"days": settings.KEEP_RUNS_DAYS}, now, dry_run)
    return removed


def _apply(rows: QuerySet[Execution], policy: dict[str, Any], now: datetime, dry_run: bool) -> int:
    """Remove final runs older than `days`, and of the rest those behind the newest `count`."""
    rows = rows.filter(state__status__in=policy.get("statuses") or FINAL_VALUES, parent_execution_id=None)
    rows = rows.filter(state__status__in=FINAL_VALUES)
    removed = 0
    days, count = policy.get("days"), policy.get("count")
    if isinstance(days, int | float) and days > 0:
        removed += _remove_all(rows.filter(finished_at__lt=now - timedelta(days=float(days))), dry_run)
    if isinstance(count, int) and count >= 0:
        kept = rows.order_by("-created_at").values_list("created_at", flat=True)[count : count + 1]
        newest_gone = next(iter(kept), None)
        if newest_gone is not None:
            removed += _remove_all(rows.filter(created_at__lte=newest_gone), dry_run)
    return removed


def _remove_all(rows: QuerySet[Execution], dry_run: bool) -> int:
    if dry_run:
        return rows.count()
    removed = 0
    while ids := list(rows.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        remove(ids)
        removed += len(ids)
    return removed


@transaction.atomic
def remove(ids: Iterable[UUID]) -> None:
    """Remove runs with all they left, and the runs below them."""
    gone = list(ids)
    below = list(Execution.objects.filter(parent_execution_id__in=gone).values_list("pk", flat=True))
    if below:
        remove(below)
    for model in (EventBatch, NodeRun, NodeJob, Wait, Signal, HumanTask):
        rows: QuerySet[Any] = model.objects.filter(execution_id__in=gone)
        rows.delete()
    queue.drop_awaiting(gone)
    blob_lifetime.release(gone)
    Execution.objects.filter(pk__in=gone).delete()

"""Removing old runs: by age for all, by age, count and status for a workflow; a batch a turn of a row of the outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.clock import database_now
from core.outbox import queue
from core.outbox.kinds import NOBODY, Later, Outcome, Row
from core.process.ticks import alone
from executor.models import Execution
from executor.selectors import FINAL_VALUES
from executor.verbs import removing
from orchestrator.models import Workflow

logger = logging.getLogger(__name__)
KIND = "prune"
BATCH = 200
READ_AT_ONCE = 1000  # workflows with a policy
FOR_ALL = "all"


def ask(*, now: datetime) -> None:
    """Let each policy be carried out, by any worker."""
    for workflow in _with_policy():
        alone(partial(_ask, workflow.owner_id, str(workflow.pk)))
    if settings.KEEP_RUNS_DAYS > 0:
        _ask(NOBODY, FOR_ALL)


def _ask(owner_id: UUID, which: str) -> None:
    queue.add(KIND, owner_id=owner_id, payload={"workflow_id": which}, key=f"{KIND}:{which}", only_if_new=True)


def prune_row(row: Row) -> Outcome:
    """Remove one batch of what a policy no longer keeps; the row comes back while there is more."""
    now = database_now()
    rows = _doomed(row.payload["workflow_id"], now)
    if rows is None:
        return None
    ids, last = _batch(rows, row.payload.get("after"))
    remove_each(ids)
    return Later(now, {**row.payload, "after": last}) if len(ids) == BATCH else None


def prune(*, now: datetime, dry_run: bool = False) -> int:
    """Remove, here and now, what the policies no longer keep; returns how many runs that were.

    A workflow's `settings.retention` is `{days?, count?, statuses?}`; without one the setting for all counts.
    """
    removed = 0
    for which in [*(str(workflow.pk) for workflow in _with_policy()), FOR_ALL]:
        rows = _doomed(which, now)
        if rows is None:
            continue
        if dry_run:
            removed += rows.count()
            continue
        after: list[str] | None = None
        while True:
            ids, after = _batch(rows, after)
            removed += remove_each(ids)
            if len(ids) < BATCH:
                break
    return removed


def _with_policy() -> Iterator[Workflow]:
    """Yield the workflows that have a policy, by their ids, so many read at a time."""
    rows = Workflow.objects.filter(settings__has_key="retention").only("id", "owner_id").order_by("pk")
    found = list(rows[:READ_AT_ONCE])
    while found:
        yield from found
        found = list(rows.filter(pk__gt=found[-1].pk)[:READ_AT_ONCE]) if len(found) == READ_AT_ONCE else []


def _doomed(which: str, now: datetime) -> QuerySet[Execution] | None:
    """Return the ended runs that a policy gives up: those below others go with them, or alone where those are gone."""
    with_parent = Execution.objects.filter(pk=OuterRef("parent_execution_id"))
    ended = Execution.objects.filter(state__status__in=FINAL_VALUES).filter(
        Q(parent_execution_id=None) | ~Exists(with_parent)
    )
    if which == FOR_ALL:
        days = settings.KEEP_RUNS_DAYS
        special = Workflow.objects.filter(settings__has_key="retention", pk=OuterRef("workflow_id"))
        return ended.filter(~Exists(special), finished_at__lt=now - timedelta(days=days)) if days > 0 else None
    workflow = Workflow.objects.filter(pk=which).only("settings").first()
    policy = workflow.settings.get("retention") if workflow is not None else None
    return _by_policy(ended.filter(workflow_id=which), policy, now) if isinstance(policy, dict) else None


def _by_policy(rows: QuerySet[Execution], policy: Mapping[str, Any], now: datetime) -> QuerySet[Execution] | None:
    """Choose runs older than `days`, and of the rest those behind the newest `count`."""
    rows = rows.filter(state__status__in=policy.get("statuses") or FINAL_VALUES)
    days, count = policy.get("days"), policy.get("count")
    given_up = Q(pk__in=[])
    if isinstance(days, int | float) and days > 0:
        given_up |= Q(finished_at__lt=now - timedelta(days=min(float(days), 36_500)))
    if isinstance(count, int) and count >= 0:
        kept = rows.order_by("-created_at").values_list("created_at", flat=True)[count : count + 1]
        newest_gone = next(iter(kept), None)
        if newest_gone is not None:
            given_up |= Q(created_at__lte=newest_gone)
    return rows.filter(given_up)


def _batch(rows: QuerySet[Execution], after: Sequence[str] | None) -> tuple[list[UUID], list[str] | None]:
    """Return the next ones by age, and behind which to go on: one that cannot be removed is not met again."""
    if after is not None:
        moment = datetime.fromisoformat(after[0])
        rows = rows.filter(Q(created_at__gt=moment) | Q(created_at=moment, pk__gt=UUID(after[1])))
    found = list(rows.order_by("created_at", "pk").values_list("pk", "created_at")[:BATCH])
    last = [found[-1][1].isoformat(), str(found[-1][0])] if found else None
    return [pk for pk, _ in found], last


def remove_each(ids: Sequence[UUID]) -> int:
    """Remove runs, those without others below them together; returns how many went. What raises stays, alone."""
    alone = removing.childless(ids)
    families = [one for one in ids if one not in set(alone)]
    return _remove_together(alone) + sum(_remove_family(one) for one in families)


def _remove_together(ids: Sequence[UUID]) -> int:
    if not ids:
        return 0
    try:
        removing.remove(ids)
    except OperationalError:
        raise  # the database is away
    except Exception:
        if len(ids) == 1:
            logger.exception("the run %s cannot be removed", ids[0])
            return 0
        half = len(ids) // 2
        return _remove_together(ids[:half]) + _remove_together(ids[half:])
    return len(ids)


def _remove_family(execution_id: UUID) -> int:
    try:
        removing.remove_family(execution_id)
    except removing.StillAlive:
        return 0  # when the last of them has ended
    except OperationalError:
        raise
    except Exception:
        logger.exception("the run %s cannot be removed with those below it", execution_id)
        return 0
    return 1

"""Removing runs with all they left: whole families, the youngest first, so many in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from core.datastore.models import Applied, NodeState
from core.outbox import queue
from core.storage import blob_lifetime
from executor.domain.lifecycle import FINAL
from executor.models import EventBatch, Execution, HumanTask, NodeJob, NodeRun, Signal, Wait
from executor.node import budgets

AT_ONCE = 500
_ENDED = [str(status) for status in FINAL]
_BELOW = """
WITH RECURSIVE below AS (
    SELECT id, 1 AS level FROM executor_execution WHERE parent_execution_id = ANY(%(ids)s::uuid[])
    UNION ALL
    SELECT x.id, b.level + 1 FROM executor_execution x JOIN below b ON x.parent_execution_id = b.id
)
SELECT b.id, s.status FROM below b JOIN executor_runstate s ON s.execution_id = b.id ORDER BY b.level DESC, b.id
"""
# Whether a repair goes on that takes over what runs below this one finished; or one that repairs such a repair.
_TAKEN_OVER = """
WITH RECURSIVE takers AS (
    SELECT id FROM executor_execution WHERE retry_of_id = %(id)s AND takes_over
    UNION ALL
    SELECT x.id FROM takers t JOIN executor_execution x ON x.retry_of_id = t.id AND x.takes_over
)
SELECT 1 FROM takers t JOIN executor_runstate s ON s.execution_id = t.id WHERE s.status <> ALL(%(ended)s) LIMIT 1
"""


class StillAlive(Exception):
    """A run below goes on, or a repair that takes over what these did: the family stays until it has ended."""


def remove_family(execution_id: UUID) -> None:
    """Remove an ended run and the runs below it. Raises: StillAlive."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, {"ids": [execution_id]})
        below = cursor.fetchall()
        cursor.execute(_TAKEN_OVER, {"id": execution_id, "ended": _ENDED})
        is_taken_over = cursor.fetchone() is not None
    if is_taken_over or any(status not in _ENDED for _, status in below):
        raise StillAlive(str(execution_id))
    above = Execution.objects.values_list("parent_execution_id", flat=True).get(pk=execution_id)
    if above is not None:  # it may have been handed files of this one
        blob_lifetime.share(source=execution_id, target=above)
    ids = [found for found, _ in below]
    for at in range(0, len(ids), AT_ONCE):
        remove(ids[at : at + AT_ONCE])
    remove([execution_id])


def childless(ids: Sequence[UUID]) -> list[UUID]:
    """Return those that have no runs below them."""
    parents = set(Execution.objects.filter(parent_execution_id__in=ids).values_list("parent_execution_id", flat=True))
    return [one for one in ids if one not in parents]


@transaction.atomic
def remove(ids: Sequence[UUID]) -> None:
    """Remove runs that have none below them, in one transaction."""
    budgets.forget_nodes(ids)
    for model in (EventBatch, NodeRun, NodeJob, Wait, Signal, HumanTask, Applied, NodeState):
        rows: QuerySet[Any] = model.objects.filter(execution_id__in=ids)
        rows.delete()
    queue.drop_awaiting(list(ids))
    blob_lifetime.release(ids)
    runs = Execution.objects.filter(pk__in=ids)
    roots = {root for root in runs.values_list("root_execution_id", flat=True) if root is not None}
    runs.delete()
    budgets.forget(ids, sorted(roots))

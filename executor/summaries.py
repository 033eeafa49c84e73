"""What a list of executions shows of their node runs, waits and retries: three queries for a page, however long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import F

from executor.domain.lifecycle import FINAL, Status
from executor.models import Execution, Wait

# A round of a loop has a row under its loop node, whose path ends with that node.
COUNTED = """
SELECT execution_id,
    count(*) FILTER (WHERE ended AND NOT going),
    COALESCE(array_agg(node_id ORDER BY node_id) FILTER (WHERE going), '{}'),
    sum(rounds)::int
FROM (
    SELECT execution_id, node_id, bool_or(status IN ('running', 'waiting')) AS going,
        bool_or(status NOT IN ('running', 'waiting', 'cancelled')) AS ended,
        count(*) FILTER (WHERE path <> '' AND strpos('/' || path, '/' || node_id || ':') > 0) AS rounds
    FROM executor_noderun WHERE execution_id = ANY(%s) AND NOT starts_with(kind, 'step.') GROUP BY execution_id, node_id
) AS nodes GROUP BY execution_id
"""


FINAL_VALUES = frozenset(str(status) for status in FINAL)


@dataclass(frozen=True, slots=True)
class Summary:
    """How far a run is."""

    done: int = 0  # nodes, each counted once; of a completed run all, skipped ones included
    going: tuple[str, ...] = ()  # ids of the nodes that run or wait
    loop_iterations: int = 0  # rounds that began
    wait: Wait | None = None  # the one that ends first, of a run that is waiting
    retried_by_id: UUID | None = None  # its newest retry


def summaries_of(executions: Sequence[Execution]) -> dict[UUID, Summary]:
    """Return how far these runs are, by id."""
    ids = [execution.pk for execution in executions]
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [ids])
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    waits = _first_waits([execution.pk for execution in executions if execution.state.status == Status.WAITING])
    retries = _retries([execution.pk for execution in executions if execution.state.status in FINAL_VALUES])
    found: dict[UUID, Summary] = {}
    for execution in executions:
        done, going, rounds = counted.get(execution.pk, (0, [], 0))
        status = Status(execution.state.status)
        done = execution.total if status is Status.COMPLETED else min(done, execution.total)
        shown = () if status in FINAL else tuple(going)
        found[execution.pk] = Summary(done, shown, rounds, waits.get(execution.pk), retries.get(execution.pk))
    return found


def _retries(ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the newest retry of each run that has one."""
    rows = Execution.objects.filter(retry_of_id__in=ids).order_by("created_at", "pk")
    return {source: retry for source, retry in rows.values_list("retry_of_id", "pk") if source is not None}


def _first_waits(ids: Sequence[UUID]) -> dict[UUID, Wait]:
    if not ids:
        return {}
    waits = Wait.objects.filter(execution_id__in=ids, answered_at__isnull=True)
    first = waits.order_by("execution_id", F("until").asc(nulls_last=True), "created_at").distinct("execution_id")
    return {wait.execution_id: wait for wait in first}

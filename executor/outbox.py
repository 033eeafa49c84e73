"""The kinds of outbox rows that are about runs and the runs below them."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import connection

from core.clock import database_now
from core.outbox.kinds import Kind, Later, Outcome, Row, in_thread
from core.process.ticks import alone
from executor.sql import verbs_sql
from executor.verbs import below, forgetting, verbs

CHILD_REPORT = "child_report"
AT_ONCE = 500


def report_children(row: Row) -> Outcome:
    """Tell a run of children that have ended and that nobody told it of."""
    with connection.cursor() as cursor:
        cursor.execute(verbs_sql.UNREPORTED_OF, {"id": row.payload["execution_id"], "most": AT_ONCE})
        ended = [found[0] for found in cursor.fetchall()]
        if not ended:
            return None
        cursor.execute(verbs_sql.CHILDREN_DONE, {"ids": ended, "reason": "answer"})
        woken = cursor.fetchall()
    for execution_id, status in woken:
        alone(partial(verbs.woken, execution_id, status))
    return Later(database_now()) if len(ended) == AT_ONCE else None


def reach_below(row: Row) -> Outcome:
    """Stop, pause or resume what runs below a run."""
    by = row.payload["by"]
    is_through = below.reach_all(UUID(row.payload["execution_id"]), row.payload["verb"], UUID(by) if by else None)
    return None if is_through else Later(database_now())


KINDS = (
    Kind(CHILD_REPORT, "work", in_thread(report_children)),
    Kind(below.KIND, "work", in_thread(reach_below), limit_s=300),
    Kind(forgetting.KIND, "work", in_thread(forgetting.forget_row), limit_s=300),
)

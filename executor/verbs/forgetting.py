"""Forgetting what runs noted of their changes to tables and state, once no attempt can ask for it any more.

A run that is over is never made again; an hour later nobody who lost it can still be at work on it.
"""

from __future__ import annotations

from django.db import connection

from core.clock import database_now
from core.outbox import queue
from core.outbox.kinds import NOBODY, Later, Outcome, Row
from executor.domain.lifecycle import FINAL

KIND = "forget_applied"
AT_ONCE = 5000
_ENDED = [str(status) for status in FINAL]
_APPLIED = """
DELETE FROM datastore_applied WHERE digest IN (
    SELECT a.digest FROM datastore_applied a LEFT JOIN executor_runstate s ON s.execution_id = a.execution_id
    WHERE a.at < clock_timestamp() - interval '1 hour' AND (s.status IS NULL OR s.status = ANY(%(ended)s))
    ORDER BY a.at LIMIT %(most)s
)
"""
_STATES = """
DELETE FROM datastore_nodestate WHERE id IN (
    SELECT n.id FROM datastore_nodestate n LEFT JOIN executor_runstate s ON s.execution_id = n.execution_id
    WHERE n.execution_id IS NOT NULL AND n.updated_at < clock_timestamp() - interval '1 hour'
        AND (s.status IS NULL OR s.status = ANY(%(ended)s))
    LIMIT %(most)s
)
"""


_STATEMENTS = {"applied": _APPLIED, "states": _STATES}


def ask() -> None:
    """Let a worker forget, a slice at a time."""
    _ask("applied")
    _ask("states")


def _ask(which: str) -> None:
    queue.add(KIND, owner_id=NOBODY, payload={"which": which}, key=f"{KIND}:{which}", only_if_new=True)


def forget_row(row: Row) -> Outcome:
    """Forget one slice; the row comes back while there is more."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[row.payload["which"]], {"ended": _ENDED, "most": AT_ONCE})
        return Later(database_now()) if cursor.rowcount == AT_ONCE else None

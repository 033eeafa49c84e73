"""States of nodes that runs wrote after their workflow was deleted, which nobody reads again."""

from __future__ import annotations

from django.db import connection

from core.clock import database_now
from core.outbox import queue
from core.outbox.kinds import NOBODY, Later, Outcome, Row

KIND = "left_state"
DELETED = "deleted workflows"
AT_ONCE = 5000
_DELETE = """
DELETE FROM datastore_nodestate WHERE id = ANY (ARRAY(
    SELECT s.id FROM orchestrator_workflow w JOIN datastore_nodestate s ON s.workflow_id = w.id
    WHERE w.is_deleted LIMIT %(most)s
))
"""


def ask() -> None:
    """Let a worker remove them, a slice at a time."""
    queue.add(KIND, owner_id=NOBODY, payload={"of": DELETED}, key=KIND, only_if_new=True)


def remove_row(row: Row) -> Outcome:
    """Remove a slice; the row comes back while there is more. Raises: ValueError where a row asks for anything else."""
    if row.payload["of"] != DELETED:
        raise ValueError(f"states of {row.payload['of']!r} are not removed")
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, {"most": AT_ONCE})
        removed = cursor.rowcount
    return Later(database_now(), dict(row.payload)) if removed == AT_ONCE else None

"""Forgetting what runs noted of their changes to tables and state, once no attempt can ask for it any more.

A run that is over is never made again; an hour later nobody who lost it can still be at work on it.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from core.clock import database_now
from core.outbox import queue
from core.outbox.kinds import NOBODY, Later, Outcome, Row
from executor.domain.lifecycle import FINAL

KIND = "forget_applied"
AT_ONCE = 5000
_ENDED = [str(status) for status in FINAL]
_ALIVE = """alive AS MATERIALIZED (
    SELECT execution_id FROM executor_runstate
    WHERE execution_id = ANY(ARRAY(SELECT DISTINCT execution_id FROM slice)) AND status <> ALL(%(ended)s)
)"""
_APPLIED = f"""
WITH slice AS MATERIALIZED (
    SELECT digest, execution_id, at FROM datastore_applied
    WHERE at > %(after)s::timestamptz AND at < clock_timestamp() - interval '1 hour' ORDER BY at LIMIT %(most)s
), {_ALIVE}, gone AS (
    DELETE FROM datastore_applied WHERE digest = ANY(ARRAY(
        SELECT digest FROM slice WHERE execution_id NOT IN (SELECT execution_id FROM alive)
    ))
)
SELECT count(*), max(at)::text FROM slice
"""
_STATES = f"""
WITH slice AS MATERIALIZED (
    SELECT id, execution_id FROM datastore_nodestate
    WHERE execution_id IS NOT NULL AND execution_id > %(after)s::uuid ORDER BY execution_id LIMIT %(most)s
), {_ALIVE}, gone AS (
    DELETE FROM datastore_nodestate WHERE updated_at < clock_timestamp() - interval '1 hour' AND id = ANY(ARRAY(
        SELECT id FROM slice WHERE execution_id NOT IN (SELECT execution_id FROM alive)
    ))
)
SELECT count(*), max(execution_id::text) FROM slice
"""
_WHAT = {"applied": (_APPLIED, "-infinity"), "states": (_STATES, str(UUID(int=0)))}


def ask() -> None:
    """Let a worker forget, a slice at a time."""
    _ask("applied")
    _ask("states")


def _ask(which: str) -> None:
    queue.add(KIND, owner_id=NOBODY, payload={"which": which}, key=f"{KIND}:{which}", only_if_new=True)


def forget_row(row: Row) -> Outcome:
    """Look at one slice, and forget of it what belongs to runs that are over; the row comes back for the next one."""
    statement, first = _WHAT[row.payload["which"]]
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {"ended": _ENDED, "most": AT_ONCE, "after": row.payload.get("after") or first}
        )  # fmt: skip
        seen, last = cursor.fetchone()
    return Later(database_now(), {**row.payload, "after": last}) if seen == AT_ONCE else None

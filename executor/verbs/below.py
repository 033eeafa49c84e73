"""What is done to a run is done to the runs below it that it waits for: stop, pause, resume.

stop ─▶ the command on all of them, after which no worker takes one up ─▶ those that nobody holds end, slice by slice

The first few are reached in the transaction of the verb itself. Where there are more, a row of the outbox stands for
the rest, so that they are reached whatever happens to this process; most are by the time the transaction is over.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from core.outbox import queue
from core.outbox.kinds import NOBODY
from executor import dispatch
from executor.domain.lifecycle import Status
from executor.sql import below_sql

logger = logging.getLogger(__name__)
KIND = "verb_below"
AT_ONCE = 500  # runs that one transaction changes: more would hold too many rows for too long
LOOKED_UP = 10_000  # runs that are asked for at a time
AFTER_S = 1.0  # how long a caller waits for the rest of them
END_S = 30.0  # and a turn of the outbox, or of the sweeper
RUNG_EACH = 20  # more workers are told of together
REASON = "The run it belongs to ended"


class NotAllReached(Exception):
    """Some of the runs below one could not be stopped, paused or resumed; the others were."""


def reach(execution_id: UUID, verb: str, by: UUID | None) -> None:
    """Do to the runs below one what was done to it, beginning in this transaction."""
    first = _to_reach(execution_id, verb, AT_ONCE)
    if not first:
        return
    # What one of them holds may raise: the outbox passes that one over, and the verb itself is done.
    missed = _together(first, partial(_ask, above=execution_id, verb=verb, by=by))
    if verb == "stop":
        missed = _together(first, _end) or missed
    if missed or _to_reach(execution_id, verb, 1):
        payload = {"execution_id": str(execution_id), "verb": verb, "by": str(by) if by else None}
        queue.add(KIND, owner_id=by or NOBODY, payload=payload, key=f"{KIND}:{execution_id}")
        transaction.on_commit(lambda: _reach_more(execution_id, verb, by), robust=True)


def _reach_more(execution_id: UUID, verb: str, by: UUID | None) -> None:
    """Reach what can be in a moment; the outbox goes on."""
    _reach_all(execution_id, verb, by, time.monotonic() + AFTER_S)


def reach_all(execution_id: UUID, verb: str, by: UUID | None) -> bool:
    """Do a verb to all runs below one; returns False where some are left for another time.

    Raises: NotAllReached in the end, where some raise alone.
    """
    until = time.monotonic() + END_S
    is_through, missed = _reach_all(execution_id, verb, by, until)
    if verb == "stop":
        is_through = end_stopped(until) and is_through
    if missed and is_through:
        raise NotAllReached(f"{len(missed)} runs could not be reached, {missed[0]} among them")
    return is_through


def _reach_all(execution_id: UUID, verb: str, by: UUID | None, until: float) -> tuple[bool, list[UUID]]:
    """Reach those that there are until there are no others: a run at work starts new ones until it is reached itself.

    Returns whether all are reached but for those that raise, and these.
    """
    missed: list[UUID] = []
    before: set[UUID] = set()
    ask = partial(_ask, above=execution_id, verb=verb, by=by)
    while ids := _to_reach(execution_id, verb, LOOKED_UP):
        if before.issuperset(ids):  # their rows are held by somebody, or they raise
            return len(ids) == len(missed), missed
        before, missed = set(ids), []
        for at in range(0, len(ids), AT_ONCE):
            if time.monotonic() > until:
                return False, missed
            missed += _in_parts(ids[at : at + AT_ONCE], ask)
    return True, []


@transaction.atomic
def stop_these(ids: Sequence[UUID], by: UUID | None, reason: str) -> int:
    """Stop those of some runs whose rows nobody holds, and what is below them; returns how many these were."""
    reached = _ask(ids, above=None, verb="stop", by=by, reason=reason)
    _together(reached, _end)
    for parent_id in _rows(below_sql.WITH_RUNS_BELOW, {"ids": reached}):
        reach(parent_id, "stop", by)
    return len(reached)


def end_stopped(until: float) -> bool:
    """End all runs that are to be stopped and that no worker holds; returns whether there was time for all of them."""
    after = UUID(int=0)
    while time.monotonic() < until:
        ids = _rows(below_sql.TO_END, {"after": after, "most": AT_ONCE})
        _in_parts(ids, _end)
        if len(ids) < AT_ONCE:
            return True
        after = ids[-1]
    return False


def _rows(statement: str, parameters: dict[str, Any]) -> list[Any]:
    """Return the first column of what a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [row[0] for row in cursor.fetchall()]


def _to_reach(execution_id: UUID, verb: str, most: int) -> list[UUID]:
    """Return those below a run that a verb is still for, level by level, so many at most."""
    found: list[UUID] = []
    level = _rows(below_sql.STILL_HOLDS[verb], {"above": execution_id})
    while level and len(found) < most:
        with connection.cursor() as cursor:
            cursor.execute(below_sql.LEVEL[verb], {"ids": level})
            there = cursor.fetchall()
        level = [child_id for child_id, _ in there]
        found += [child_id for child_id, is_open in there if is_open]
    return found[:most]


_STATEMENTS = {"stop": below_sql.ASK_TO_STOP, "pause": below_sql.PAUSE_THESE, "resume": below_sql.RESUME_THESE}


def _ask(ids: Sequence[UUID], *, above: UUID | None, verb: str, by: UUID | None, reason: str = REASON) -> list[UUID]:
    """Do a verb to some of the runs below one, those whose rows nobody holds, and tell whom it concerns."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[verb], {"above": above, "ids": list(ids), "by": by, "reason": reason})
        reached = [(row[0], Status(row[1])) for row in cursor.fetchall()]
    moved = [found for found, status in reached if status in (Status.PENDING, Status.PAUSED)] if verb != "stop" else []
    dispatch.announce_many(commands=[found for found, status in reached if status is Status.RUNNING], events=moved)
    if verb == "resume":
        for found in moved[:RUNG_EACH]:
            dispatch.enqueue_run(found)
        if len(moved) > RUNG_EACH:
            dispatch.announce_work()
    return [found for found, _ in reached]


def _end(ids: Sequence[UUID]) -> None:
    """End those of some runs that are to be stopped and that no worker holds."""
    ended = _rows(below_sql.END_THESE, {"ids": list(ids)})
    dispatch.announce_many(events=ended, ends=ended)


def _in_parts(ids: Sequence[UUID], do: Callable[[Sequence[UUID]], object]) -> list[UUID]:
    """Do something to some runs in one transaction, or to each half where that raises; returns who raises alone."""
    if not ids or not _together(ids, do):
        return []
    if len(ids) == 1:
        return list(ids)
    half = len(ids) // 2
    return _in_parts(ids[:half], do) + _in_parts(ids[half:], do)


def _together(ids: Sequence[UUID], do: Callable[[Sequence[UUID]], object]) -> bool:
    """Do something to some runs in one transaction; returns whether that raised."""
    try:
        with transaction.atomic():
            do(ids)
    except OperationalError:
        raise  # the database is away
    except Exception:
        logger.exception("%s is not reached", ids[0] if len(ids) == 1 else f"one of {len(ids)} runs")
        return True
    return False

"""The sweeper: no run hangs because a worker, a message or Redis was lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from core.process.ticks import alone
from executor import dispatch
from executor.database.connecting import NO_SORTS
from executor.sql import journal_sql, lost_runs_sql, remote_turns_sql, verbs_sql
from executor.verbs import below, dead_letters, verbs
from executor.waits.remote_turns import lost_result

LEASE_S = 10
FORGOTTEN_S = 5
MOST_LOST = 6  # where nobody comes to try it alone
SILENT = "its worker fell silent"
STUCK_S = 30
NO_SCANS = ("enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off")
REPORTED_S = 2
END_STOPPED_S = 5.0
LOOKED_AT = 5000
FIRST = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))
_looked_to = FIRST  # nothing hangs on it: whoever forgets begins again
logger = logging.getLogger(__name__)


def sweep() -> tuple[int, int]:
    """Re-queue runs of silent workers and ring again for those nobody took; returns both counts."""
    lost = _give_on(_walked(lost_runs_sql.SWEEP_LOST, {"lease_s": LEASE_S, "most": MOST_LOST, "cause": SILENT}))
    forgotten = [UUID(str(row[0])) for row in _query(journal_sql.SWEEP_FORGOTTEN, {"age_s": FORGOTTEN_S})]
    for execution_id in forgotten:
        alone(partial(dispatch.ring, execution_id))
    alone(_look_after_children)
    alone(_end_stopped)
    alone(_look_after_jobs)
    return lost, len(forgotten)


def process_died(*, process: str, pid: int, cause: str) -> int:
    """Put back at once what a dead process of this installation held; returns how many runs that were.

    `process` is the mark that its supervisor gave it, which no other process has together with this `pid`.
    """
    count = 0
    for (worker_id,) in _query(lost_runs_sql.ENGINES_OF, {"process": process, "pid": str(pid)}):
        asked = {"worker": worker_id, "cause": cause, "most": MOST_LOST, "suspects": None}
        count += _give_on(_query(lost_runs_sql.GIVE_UP_DEAD, asked))
        _query(remote_turns_sql.GIVE_UP, asked)
        _query(journal_sql.HEARTBEAT_ENDS, {"id": worker_id})
    return count


def _give_on(lost: list[tuple[Any, ...]]) -> int:
    """Ring for runs that lost their process, and keep a dead letter of those that ended by it."""
    for execution_id, status, suspicion, cause in lost:
        if status == "failed":
            kept = partial(dead_letters.keep_lost_run, execution_id=execution_id, cause=f"{cause}, {suspicion} times")
            alone(kept)
    for row in lost:
        alone(partial(dispatch.ring, UUID(str(row[0]))))
    return len(lost)


def look_closely() -> None:
    """Do what has to look at all that waits, and is done seldom: wake the stuck, remove nodes' jobs of ended runs."""
    alone(wake_the_stuck)
    alone(partial(_query, remote_turns_sql.REMOVE_OVER, {}))


def wake_the_stuck() -> int:
    """Queue runs that wait for nothing any more; returns how many there were.

    So many of those that wait are looked at each time, on from where this process looked last.
    """
    global _looked_to
    asked = {"age_s": STUCK_S, "most": LOOKED_AT, "queued_at": _looked_to[0], "after": _looked_to[1]}
    waiting = _query(verbs_sql.WAITING_LONG, asked)
    _looked_to = (waiting[-1][1], waiting[-1][0]) if len(waiting) == LOOKED_AT else FIRST
    found = _looked_up(verbs_sql.STUCK, {"ids": [row[0] for row in waiting], "reason": "answer"})
    for execution_id, status in found:
        logger.error("execution %s waited for nothing", execution_id)
        alone(partial(verbs.woken, execution_id, status))
    return len(found)


def _look_after_children() -> None:
    """Let parents be told of ends that nobody told them of, and what nobody waits for any more be stopped."""
    for statement in (verbs_sql.FORGET_PARENTS, verbs_sql.ASK_FOR_REPORTS, verbs_sql.ASK_FOR_STOPS):
        alone(partial(_looked_up, statement, {"age_s": REPORTED_S}))


def _end_stopped() -> None:
    """End what is to be stopped and went back to the queue, or was left by whoever asked."""
    below.end_stopped(time.monotonic() + END_STOPPED_S)


def _look_after_jobs() -> None:
    """Free the nodes of silent workers, and end those that took too many with them."""
    for job_id, epoch, status in _walked(remote_turns_sql.SWEEP, {"lease_s": LEASE_S, "most": MOST_LOST}):
        if status == "running":
            alone(partial(_end_job, job_id, epoch))


def _end_job(job_id: UUID, epoch: int) -> None:
    """Give a run the loss of its node as that node's result."""
    asked = {"job_id": job_id, "epoch": epoch, "result": lost_result(), "reason": "answer"}
    for execution_id, run_status in _query(remote_turns_sql.FINISH, asked):
        verbs.woken(execution_id, run_status)


@contextmanager
def along_indexes() -> Generator[CursorWrapper, None, None]:
    """Yield a cursor on which steps along an index stay that, as on the engine's connections."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {NO_SORTS}")
        yield cursor


def _walked(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with along_indexes() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


@contextmanager
def looking_up() -> Generator[CursorWrapper, None, None]:
    """Yield a cursor that looks a few rows up among very many, where the planner believes that there are hardly any."""
    with along_indexes() as cursor:
        cursor.execute(f"SET LOCAL {NO_SCANS[0]}; SET LOCAL {NO_SCANS[1]}; SET LOCAL {NO_SCANS[2]}")
        yield cursor


def _looked_up(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with looking_up() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def _query(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []

"""The sweeper: no run hangs because a worker, a message or Redis was lost."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection

from core.ticks import alone
from executor import dead_letters, dispatch, jobs_sql, journal_sql, verbs, verbs_sql
from executor.job_worker import lost_result

LEASE_S = 10
FORGOTTEN_S = 5
MOST_LOST = 6  # where nobody comes to try it alone
SILENT = "its worker fell silent"
STUCK_S = 30
REPORTED_S = 2
logger = logging.getLogger(__name__)


def sweep() -> tuple[int, int]:
    """Re-queue runs of silent workers and ring again for those nobody took; returns both counts."""
    swept = _query(journal_sql.SWEEP_LOST, {"lease_s": LEASE_S, "most": MOST_LOST, "cause": SILENT})
    lost = [UUID(str(row[0])) for row in swept]
    for execution_id, status, suspicion, cause in swept:
        if status == "failed":
            kept = partial(dead_letters.keep_lost_run, execution_id=execution_id, cause=f"{cause}, {suspicion} times")
            alone(kept)
    forgotten = [UUID(str(row[0])) for row in _query(journal_sql.SWEEP_FORGOTTEN, {"age_s": FORGOTTEN_S})]
    for execution_id in [*lost, *forgotten]:
        alone(partial(dispatch.ring, execution_id))
    alone(_look_after_children)
    alone(_look_after_jobs)
    return len(lost), len(forgotten)


def wake_the_stuck() -> int:
    """Queue runs that wait for nothing any more; returns how many there were."""
    found = _query(verbs_sql.STUCK, {"age_s": STUCK_S, "reason": "answer"})
    for execution_id, status in found:
        logger.error("execution %s waited for nothing", execution_id)
        alone(partial(verbs.woken, execution_id, status))
    return len(found)


def _look_after_children() -> None:
    """Let parents be told of ends that nobody told them of, and what nobody waits for any more be stopped."""
    for statement in (verbs_sql.FORGET_PARENTS, verbs_sql.ASK_FOR_REPORTS, verbs_sql.ASK_FOR_STOPS):
        alone(partial(_query, statement, {"age_s": REPORTED_S}))


def _look_after_jobs() -> None:
    """Free the nodes of silent workers, end those that took too many with them, and remove those of ended runs."""
    for job_id, epoch, status in _query(jobs_sql.SWEEP, {"lease_s": LEASE_S, "most": MOST_LOST}):
        if status == "running":
            alone(partial(_end_job, job_id, epoch))
    _query(jobs_sql.REMOVE_OVER, {})


def _end_job(job_id: UUID, epoch: int) -> None:
    """Give a run the loss of its node as that node's result."""
    asked = {"job_id": job_id, "epoch": epoch, "result": lost_result(), "reason": "answer"}
    for execution_id, run_status in _query(jobs_sql.FINISH, asked):
        verbs.woken(execution_id, run_status)


def _query(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []

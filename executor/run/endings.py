"""How a run segment ends: the transition, its event, and what goes into the execution's row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from executor.domain import events
from executor.domain.lifecycle import Status
from executor.domain.records import Ending
from executor.domain.run_error import of_run
from executor.domain.signals import JournalRejected
from executor.run.state import Run


def ending_of(run: Run, reason: str, now: datetime, *, bare: bool = False) -> Ending:
    """Return the ending of a run for a reason; a `bare` one holds nothing that a user wrote.

    "" (the program came to its end), failure, stop, cancel, timeout, suspend, shutdown, lease.
    """
    if bare:
        run.warnings = []
        run.failure = JournalRejected("its last words too").as_error()
    running_ms = run.time.spent_ms()
    if reason == "suspend":
        return _suspension(run, now, running_ms)
    if reason in ("shutdown", "lease"):
        return Ending(Status.PENDING, events.run_handed_back(now), running_ms=running_ms)
    run.cancel_open_rows(now)
    unanswered = run.waits.open_tasks()
    for task_id, task_node_id, path in unanswered if not run.tasks_closed else ():
        run.buffer.note(events.human_task_cancelled(task_id, task_node_id, path, now))
    run.tasks_closed = True
    common: dict[str, Any] = {
        "warnings": run.warnings,
        "nodes_executed": run.nodes_executed,
        "running_ms": running_ms,
        "duration_ms": max(round((now - run.claimed.started_at).total_seconds() * 1000), 0),
        "at": now,
        "closes_tasks": bool(unanswered),
        "usage": run.usage,
    }
    if reason in ("stop", "cancel"):
        event = events.run_cancelled(now)
        why = run.cancelled_for if reason == "cancel" else "stopped"
        return Ending(Status.CANCELLED, event, end_reason=why, output=[], **common)
    if reason == "timeout":
        limit = run.program.settings.timeout_s
        error = of_run("execution_timeout", f"The run took longer than {limit:g} s")
        event = events.run_failed(now)
        return Ending(Status.TIMEOUT, event, end_reason="timed_out", error=error, output=[], **common)
    if reason == "goal":
        event = events.run_completed(now)
        return Ending(Status.COMPLETED, event, end_reason="goal_reached", output=list(run.results), **common)
    if run.failure is not None:
        event = events.run_failed(now)
        return Ending(Status.FAILED, event, end_reason="error", error=run.failure, output=[], **common)
    output, node_id = run.program_run.output()
    event = events.run_completed(now)
    why = "rejected" if run.program_run.is_rejected() else "finished"
    return Ending(Status.COMPLETED, event, end_reason=why, output=output, output_node_id=node_id, **common)


def _suspension(run: Run, now: datetime, running_ms: int) -> Ending:
    """Return the end of a segment in which nothing can go on: handed back, paused, or waiting."""
    reasons = run.gate.reasons
    if "shutdown" in reasons:
        return Ending(Status.PENDING, events.run_handed_back(now), running_ms=running_ms)
    if "pause" in reasons:
        event = events.run_paused(now, next_node_ids=sorted(run.gate.standing))
        return Ending(Status.PAUSED, event, running_ms=running_ms, wakes=run.wakes)
    event = events.run_waits(now, run.waits.first())
    return Ending(Status.WAITING, event, running_ms=running_ms, wakes=run.wakes)

"""Why a run does not go on: in words, and in data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from core.models import ProcessHeartbeat, User
from core.outbox.kinds import NOBODY
from core.values.times import wire_time
from executor.domain.lifecycle import Status
from executor.models import Execution, HumanTask, NodeJob, NodeRun, RunState, Wait
from executor.selectors import FINAL_VALUES, STEPS, is_final, open_waits_of

LIVE_S = 10
HOLDERS_SHOWN = 20
NAMES_SHOWN = 5


def reasons_of(execution: Execution) -> list[dict[str, Any]]:
    """Return every reason, the one that ends first in front."""
    state = execution.state
    if is_final(execution):
        since = wire_time(execution.finished_at) if execution.finished_at else None
        return [_reason("finished", f"The run is {state.status}.", since=since)]
    if state.status == Status.PAUSED:
        return [_of_pause(state, "Somebody paused the run; it goes on when it is resumed.")]
    if state.status == Status.PENDING:
        return _queued(state)
    waits = [_of_wait(execution, wait) for wait in open_waits_of(execution.pk)]
    if state.status == Status.RUNNING:
        running = (
            NodeRun.objects.filter(execution_id=execution.pk, status="running")
            .exclude(kind__in=["loop"])
            .exclude(STEPS)
        )
        names = sorted(set(running.values_list("label", flat=True)[:10]))
        at_work = f"A worker runs {', '.join(names)}." if names else "A worker runs it."
        waits.insert(0, _reason("running", at_work, since=wire_time(state.claimed_at) if state.claimed_at else None))
    if state.command == "pause":
        waits.append(_of_pause(state, "Somebody asked for a pause; it begins when the answer is there."))
    return waits


def _of_pause(state: RunState, message: str) -> dict[str, Any]:
    if state.command_by_id == NOBODY:
        return _reason("account_inactive", "Its account is switched off; it goes on when that is switched on again.")
    return _reason("paused_by_user", message)


def _of_wait(execution: Execution, wait: Wait) -> dict[str, Any]:
    label = NodeRun.objects.filter(execution_id=execution.pk, node_id=wait.node_id, path=wait.path)
    name = label.values_list("label", flat=True).first() or wait.node_id
    until = wire_time(wait.until) if wait.until else None
    text = {
        "timer": f"{name} waits until {until}.",
        "retry_backoff": f"{name} failed and is tried again at {until}.",
        "rate_limit": f"{name} waits for the rate limit of its credential, until about {until}.",
        "signal": f"{name} waits for the signal {wait.signal!r}.",
        "sub_workflow": f"{name} waits for {wait.remaining} run{'s' if wait.remaining != 1 else ''} below it.",
        "remote_node": _of_job(wait, name) if wait.kind == "remote_node" else "",
        "human_task": f"{name} waits for a person.",
    }[wait.kind]
    holders: list[str] = []
    if wait.kind == "human_task" and wait.task_id:
        task = HumanTask.objects.filter(pk=wait.task_id).first()
        text = _of_task(task, name) if task else text
    if wait.kind == "sub_workflow":
        below = Execution.objects.filter(
            parent_execution_id=execution.pk, parent_node_id=wait.node_id, parent_path=wait.path, finished_at=None
        )
        holders = [str(pk) for pk in below.values_list("pk", flat=True)[:HOLDERS_SHOWN]]
    return _reason(
        wait.kind, text, node_id=wait.node_id, since=wire_time(wait.created_at), until=until,
        human_task_id=str(wait.task_id) if wait.task_id else None, signal=wait.signal, holders=holders,
    )  # fmt: skip


def _of_task(task: HumanTask, name: str) -> str:
    """Return who is asked, and whether any of them can still answer."""
    asked = {str(user.pk): user for user in User.objects.filter(pk__in=task.assignee_ids)}
    users = [asked.get(user_id) for user_id in task.assignee_ids]
    able = [user.name or user.email for user in users if user is not None and user.is_active]
    gone = [f"{user.name or user.email} (switched off)" if user else "an account that is gone"
            for user in users if user is None or not user.is_active]  # fmt: skip
    text = f"{name} waits for an answer to {task.title!r}"
    if not able:
        return f"{text}, which nobody can give: {_names(gone)} was asked. Its owner can ask somebody else."
    return f"{text} by {_names(able)}." + (f" Asked, too, but unable to answer: {_names(gone)}." if gone else "")


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown} and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else shown


def _of_job(wait: Wait, name: str) -> str:
    job = NodeJob.objects.filter(
        execution_id=wait.execution_id, node_id=wait.node_id, path=wait.path, number=wait.number
    ).first()
    if job is None or job.status != "pending":
        return f"{name} runs on another worker."
    if not _workers_of(job.queue).exists():
        return f"{name} waits for a worker of the queue {job.queue!r}; none is running."
    return f"{name} waits for a place on the queue {job.queue!r}."


def _workers_of(queue: str) -> QuerySet[ProcessHeartbeat]:
    alive = timezone.now() - timedelta(seconds=LIVE_S)
    return ProcessHeartbeat.objects.filter(kind="worker", beat_at__gt=alive, details__queues__contains=queue)


def _queued(state: RunState) -> list[dict[str, Any]]:
    since = wire_time(state.queued_at)
    found: list[dict[str, Any]] = []
    if not _workers_of("workflows").exists():
        found.append(_reason("no_worker", "No worker is running.", since=since))
    if state.limit_key is not None:
        alive = RunState.objects.filter(limit_key=state.limit_key).exclude(status__in=FINAL_VALUES)
        taken = alive.filter(Q(status="running") | Q(started_at__isnull=False))
        ahead = alive.filter(status="pending", started_at__isnull=True).filter(_before(state))
        if state.started_at is None and taken.count() >= (state.limit_max or 1):
            text = f"Only {state.limit_max} of its kind may have begun and not ended, those that wait included."
            holders = [str(pk) for pk in taken.values_list("pk", flat=True)[:HOLDERS_SHOWN]]
            found.append(
                _reason(
                    "concurrency_limit",
                    text,
                    since=since,
                    limit=state.limit_max,
                    holders=holders,
                    position=ahead.count() + 1,
                )
            )
    if state.recoveries:
        found.append(_reason("worker_lost", f"Its worker was lost, for the {state.recoveries}. time.", since=since))
    if not found:
        ahead = RunState.objects.filter(status="pending", owner_id=state.owner_id, limit_key=None).filter(
            _before(state)
        )
        place = ahead.count() + 1
        found.append(
            _reason("queued_behind", f"It is number {place} in its owner's queue.", since=since, position=place)
        )
    return found


def _before(state: RunState) -> Q:
    """Return what goes before a run among those of the same queue."""
    return Q(priority__gt=state.priority) | Q(priority=state.priority, queued_at__lt=state.queued_at)


def _reason(code: str, message: str, **more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("node_id", "since", "until", "human_task_id", "signal", "limit", "position"))
    return {"code": code, "message": message, **empty, "holders": [], **more}

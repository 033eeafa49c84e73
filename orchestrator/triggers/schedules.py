"""Schedules: registered on deploy; the next moment of each is a row of the outbox, so that any worker fires it.

Each moment that was due is a row, so that none is started twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.access import reach
from core.access.roles import Role
from core.accounts.credits import CreditsExhausted
from core.clock import database_now
from core.errors import Conflict, Invalid, WorkflowError
from core.ids import new_id
from core.models import User
from core.outbox import queue
from core.outbox.kinds import Later, Outcome, Row
from core.values.cron import EARLIEST, due_times
from core.values.times import wire_time
from executor.models import RunState
from executor.selectors import FINAL_VALUES
from executor.verbs import verbs
from executor.verbs.executions import scope_of
from nodes.scheduling import ScheduleType
from orchestrator.models import Job, Occurrence, Schedule, Workflow
from orchestrator.starting import start_steps
from orchestrator.triggers.deployment import Deployment, Standing

ROW = "schedule"
ON_TIME = timedelta(seconds=60)  # later than that it was missed
WINDOW = timedelta(hours=24)  # missed moments further back are gone
MOST = 100


class NotDeployed(Conflict):
    code = "not_deployed"


class AlreadyStarted(Conflict):
    code = "already_started"


def register(deployed: Deployment) -> None:
    """Put the schedule triggers of a definition in place of the old ones; what stays the same keeps its rows."""
    workflow, now = deployed.workflow, deployed.now
    nodes = {
        node.id: (node, node.type) for node in deployed.triggers("schedule") if isinstance(node.type, ScheduleType)
    }
    Schedule.objects.filter(workflow=workflow).exclude(node_id__in=nodes).delete()
    for node, node_type in nodes.values():
        given = node_type.timing(node_type.Params.model_validate(node.params))
        zone = given.timezone or deployed.graph.settings.timezone
        timing: dict[str, Any] = {"cron": given.cron, "interval_s": given.interval_s, "timezone": zone}
        known = Schedule.objects.filter(workflow=workflow, node_id=node.id).first()
        same = known is not None and all(getattr(known, name) == value for name, value in timing.items())
        fields: dict[str, Any] = {
            **timing, "owner_id": workflow.owner_id, "input": given.input, "missed": given.missed,
            "overlap": given.overlap, "total": deployed.totals[node.id], "calls": list(deployed.calls),
        }  # fmt: skip
        if not same or known is None or known.next_run_at is None:
            fields["next_run_at"] = next(due_times(**timing, after=now))
        plan(Schedule.objects.update_or_create(workflow=workflow, node_id=node.id, defaults=fields)[0])


def unregister(workflow: Workflow) -> None:
    """Stop the schedules of a workflow; their history stays until it is deployed without them."""
    Schedule.objects.filter(workflow=workflow).update(next_run_at=None)


def standing(workflow: Workflow) -> dict[str, Standing]:
    return {
        schedule.node_id: Standing(schedule.pk, schedule.next_run_at, (schedule.last_error or {}).get("message"))
        for schedule in workflow.schedules.all()
    }


def schedules_of(actor: User) -> QuerySet[Schedule]:
    """Return the schedules of workflows a user sees."""
    return reach.visible(Schedule.objects.filter(workflow__is_deleted=False), actor).order_by("-created_at")


def schedule_for(actor: User, schedule_id: UUID, *, needs: Role = Role.OWNER, lock: bool = False) -> Schedule:
    """Return a schedule. Raises: Missing, RoleRequired."""
    found = Schedule.objects.filter(workflow__is_deleted=False).select_related("workflow")
    found = found.select_for_update(of=("self",)) if lock else found
    return reach.one(found, actor, schedule_id, needs=needs, missing="There is no such schedule")


@transaction.atomic
def set_enabled(*, actor: User, schedule_id: UUID, enabled: bool, now: datetime) -> Schedule:
    """Switch a schedule on or off; switched on, it is due at its next moment from now."""
    schedule = schedule_for(actor, schedule_id, needs=Role.EDITOR, lock=True)
    if enabled and not schedule.enabled and schedule.next_run_at is not None:
        schedule.next_run_at = next(_due(schedule, now))
    schedule.enabled = enabled
    schedule.save(update_fields=["enabled", "next_run_at"])
    plan(schedule)
    return schedule


def _due(schedule: Schedule, after: datetime) -> Any:
    return due_times(schedule.cron, schedule.interval_s, schedule.timezone, after)


# -- firing ------------------------------------------------------------------------------------------------------------
def plan(schedule: Schedule) -> None:
    """Ask for a schedule to be fired at its next moment, in the transaction that sets it."""
    if schedule.enabled and schedule.next_run_at is not None:
        payload, key = {"schedule_id": str(schedule.pk)}, f"{ROW}:{schedule.pk}"
        queue.add(ROW, owner_id=schedule.owner_id, payload=payload, key=key, due_at=schedule.next_run_at)


def fire_row(row: Row) -> Outcome:
    """Fire a schedule that is due; returns when it is due again. What it raises is noted with the schedule."""
    schedule_id = UUID(row.payload["schedule_id"])
    try:
        fire(schedule_id, database_now())
    except DatabaseError:
        raise
    except Exception as exc:
        Schedule.objects.filter(pk=schedule_id).update(last_error=problem_of(exc))
        raise
    left = Schedule.objects.filter(pk=schedule_id, enabled=True, next_run_at__isnull=False).first()
    return None if left is None or left.next_run_at is None else Later(left.next_run_at)


def problem_of(exc: Exception) -> dict[str, str]:
    """Return what is shown of a failure: what we raise on purpose is fit to be read, of the rest only its name."""
    if isinstance(exc, WorkflowError):
        return {"code": exc.code, "message": exc.message[:500]}
    return {"code": "internal_error", "message": type(exc).__name__}


@transaction.atomic
def fire(schedule_id: UUID, now: datetime) -> int:
    """Start what is due of a schedule, if nobody else does; returns how many runs were started."""
    rows = Schedule.objects.filter(
        pk=schedule_id, enabled=True, next_run_at__lte=now, workflow__deployed_hash__isnull=False
    )
    schedule = rows.select_for_update(skip_locked=True, of=("self",)).select_related("workflow").first()
    if schedule is None or schedule.next_run_at is None:
        return 0
    first = max(schedule.next_run_at, now - WINDOW)
    moments = [schedule.next_run_at] if first == schedule.next_run_at else []
    behind = deque(takewhile(lambda moment: moment <= now, _due(schedule, first)), maxlen=MOST)
    moments = [*moments, *behind][-MOST:]  # the newest: a span of ten seconds has 8,640 in a day
    schedule.next_run_at = next(_due(schedule, now))
    started, schedule.last_error = 0, None
    for at, moment in enumerate(moments):
        if now - moment > ON_TIME and not _is_made_up(schedule.missed, at, len(moments)):
            Occurrence.objects.get_or_create(schedule=schedule, due_at=moment, defaults={"outcome": "missed"})
        else:
            started += occur(schedule, moment, now) == "started"
    schedule.save(update_fields=["next_run_at", "last_run_at", "last_execution_id", "live_ids", "last_error"])
    return started


def _is_made_up(policy: str, at: int, count: int) -> bool:
    return policy == "run_all" or (policy == "run_once" and at == count - 1)


def occur(schedule: Schedule, due_at: datetime, now: datetime) -> str:
    """Let a schedule be due at a moment, once; returns the outcome, "" where that moment had been."""
    try:
        with transaction.atomic():
            row = Occurrence.objects.create(schedule=schedule, due_at=due_at, outcome="skipped")
    except IntegrityError:
        return ""
    live = _live(schedule) if schedule.overlap in ("skip", "cancel") else []
    if live and schedule.overlap == "skip":
        return "skipped"
    for execution_id in live if schedule.overlap == "cancel" else ():
        verbs.stop(execution_id=execution_id, by=schedule.owner_id, reason="The next one is due", now=now)
    try:
        with transaction.atomic():
            execution_id = start(schedule, now, key=wire_time(due_at), labels={"scheduled_at": wire_time(due_at)})
    except (CreditsExhausted, start_steps.AccountOff) as exc:
        schedule.last_error = problem_of(exc)
        return "skipped"
    row.outcome, row.execution_id = "started", execution_id
    row.save(update_fields=["outcome", "execution_id"])
    schedule.last_run_at, schedule.last_execution_id = due_at, execution_id
    _note_live(schedule, execution_id, live)
    return "started"


def _live(schedule: Schedule) -> list[UUID]:
    """Return the runs of a schedule that go on: those it started, and those it was told to start at once.

    The last one is looked at besides those noted: an earlier release noted none.
    """
    known = {UUID(one) for one in schedule.live_ids or ()}
    if schedule.last_execution_id is not None:
        known.add(schedule.last_execution_id)
    return list(RunState.objects.filter(pk__in=known).exclude(status__in=FINAL_VALUES).values_list("pk", flat=True))


def _note_live(schedule: Schedule, execution_id: UUID, live: Sequence[UUID]) -> None:
    if schedule.overlap in ("skip", "cancel"):
        schedule.live_ids = [*map(str, live), str(execution_id)]


@transaction.atomic
def run_now(*, schedule: Schedule, now: datetime, by: UUID) -> UUID:
    """Start a run at once, whatever goes on; the next one that is due finds it going on. Raises: NotDeployed."""
    schedule = Schedule.objects.select_for_update(of=("self",)).select_related("workflow").get(pk=schedule.pk)
    execution_id = start(schedule, now, key=f"now:{new_id()}", labels={}, by=by)
    _note_live(schedule, execution_id, _live(schedule))
    schedule.save(update_fields=["live_ids"])
    return execution_id


def start(
    schedule: Schedule, now: datetime, *, key: str, labels: dict[str, str], by: UUID | None = None, fills: bool = False
) -> UUID:
    """Start the deployed version by its schedule; `by` is who asked for it now. Raises: NotDeployed.

    Runs that fill a span in (`fills`) go one after the other where those of the schedule may not overlap, and hold
    none of those up.
    """
    deployed = start_steps.of_deployed(
        schedule.workflow, node_id=schedule.node_id, total=schedule.total, calls=schedule.calls
    )
    if deployed is None:
        raise NotDeployed("The workflow is not deployed")
    limit_key = f"schedule:{schedule.pk}"
    in_line = schedule.overlap != "allow" if fills else schedule.overlap == "queue"
    queue = {"limit_key": f"{limit_key}:fills" if fills else limit_key, "limit_max": 1} if in_line else {}
    started = start_steps.start_run(
        deployed,
        input=schedule.input,
        now=now,
        trigger="schedule",
        labels=labels,
        started_by_id=by,
        idempotency_scope=scope_of("schedule", schedule.pk, key),
        **queue,
    )
    return started.execution_id


def moments_between(schedule: Schedule, start_at: datetime, end_at: datetime) -> list[datetime]:
    """Return when a schedule was due in a span, up to now, at most 1,000 moments. Raises: Invalid."""
    if end_at <= start_at:
        raise Invalid("The end must lie behind the start.", field="to")
    now = database_now()
    if start_at > now:
        raise Invalid("This moment is still to come.", field="from", reason="in_the_future")
    found = list(islice(_until(schedule, start_at, min(end_at, now)), 1001))
    if len(found) > 1000:
        raise Invalid("That is more than 1,000 runs; choose a shorter span.", field="to", reason="too_many")
    return found


def _until(schedule: Schedule, start_at: datetime, end_at: datetime) -> Any:
    for moment in _due(schedule, max(start_at, EARLIEST) - timedelta(seconds=1)):
        if moment > end_at:
            return
        yield moment


def backfill_one(actor: User, job: Job, moment: str) -> None:
    """Start the run of a moment that has passed: a kind of job.

    What goes on is left alone, and a run that was started for that moment is the only one.
    Raises: Missing, AlreadyStarted, NotDeployed, CreditsExhausted.
    """
    schedule = schedule_for(actor, UUID(job.params["schedule_id"]), needs=Role.EDITOR)
    due_at = datetime.fromisoformat(moment)
    Occurrence.objects.get_or_create(schedule=schedule, due_at=due_at, defaults={"outcome": "missed"})
    row = Occurrence.objects.select_for_update().get(schedule=schedule, due_at=due_at)
    if row.outcome == "started":
        raise AlreadyStarted("A run was started for this moment", execution_id=str(row.execution_id))
    row.execution_id = start(
        schedule, timezone.now(), key=wire_time(due_at), labels={"scheduled_at": wire_time(due_at)}, by=actor.pk,
        fills=True,
    )  # fmt: skip
    row.outcome = "started"
    row.save(update_fields=["outcome", "execution_id"])

"""Reads of executions, their node runs and their events. Where the actor has no role, there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Length

from core.access import reach
from core.access.roles import Role
from core.json import loads_own, written
from core.models import User
from core.values.times import wire_time
from executor.domain.events import Event
from executor.domain.lifecycle import FINAL, Status
from executor.domain.step_names import KIND, under
from executor.journal.events import OF_NODE_RUNS, RunShown, execution_data, node_data
from executor.journal.stored_outputs import PREVIEW_BYTES, StoredOutputs, with_head
from executor.journal.task_form import closed_data, columns_of, task_shown
from executor.models import EventBatch, Execution, HumanTask, NodeRun, Wait
from executor.summaries import summaries_of
from nodes.usage import TOKENS, Usage

BATCHES_READ = 20
FINAL_EVENTS = ("execution.completed", "execution.failed", "execution.cancelled")
STEPS = Q(kind__startswith=KIND)
FINAL_VALUES = frozenset(str(status) for status in FINAL)


# What no answer shows, and may be large; and what a list and a status leave out, too.
HIDDEN = ("response", "partial", "sub_workflows", "pinned", "variables")
NOT_LISTED = (*HIDDEN, "input", "input_text", "output", "output_text", "warnings")


def executions_of(actor: User, *, least: Role = Role.VIEWER) -> QuerySet[Execution]:
    """Return the runs a user sees, or has at least this role on."""
    return reach.visible(Execution.objects.select_related("state"), actor, least=least)


def execution_for(
    actor: User, execution_id: UUID, *, needs: Role = Role.OWNER, without: Sequence[str] = ()
) -> Execution:
    """Return a run; columns that are not asked for are read when they are used. Raises: Missing, RoleRequired."""
    found = Execution.objects.select_related("state").defer(*without)
    return reach.one(found, actor, execution_id, needs=needs, missing="There is no such execution")


def execution_by_id(execution_id: UUID, *, without: Sequence[str] = ()) -> Execution:
    return Execution.objects.select_related("state").defer(*without).get(pk=execution_id)


def executions_by_id(execution_ids: Sequence[UUID]) -> list[Execution]:
    """Return runs of any users, as far as they are there, without what no answer shows."""
    return list(Execution.objects.select_related("state").defer(*HIDDEN).filter(pk__in=execution_ids))


def is_final(execution: Execution) -> bool:
    return Status(execution.state.status) in FINAL


def node_runs_of(execution_id: UUID) -> QuerySet[NodeRun]:
    """Return the node runs of an execution in the order of their starts, each with the head of its outputs.

    Their steps are asked for by node run.
    """
    rows = NodeRun.objects.filter(execution_id=execution_id).exclude(STEPS)
    return with_head(rows.order_by("started_at", "id"))


def node_run_of(execution_id: UUID, node_run_id: UUID) -> NodeRun | None:
    """Return a node run, or a step of one, with the head of its outputs."""
    return with_head(NodeRun.objects.filter(execution_id=execution_id, id=node_run_id)).first()


def steps_of(row: NodeRun) -> QuerySet[NodeRun]:
    """Return the steps of a node run in the order of their starts, each with the head of its outputs."""
    steps = NodeRun.objects.filter(
        STEPS, execution_id=row.execution_id, node_id=row.node_id, path__startswith=under(row.path, row.node_id)
    )
    return with_head(steps.order_by("started_at", "id"))


def node_run_statuses(execution_id: UUID, most: int) -> tuple[list[dict[str, Any]], bool]:
    """Return `{node_id, path, status}` in the order of their starts, and whether that is not all.

    Of more than `most` those outside of loops come first, then the latest.
    """
    rows = NodeRun.objects.filter(execution_id=execution_id).exclude(STEPS)
    names = ("node_id", "path", "status", "started_at", "id")
    found = list(rows.order_by("started_at", "id").values(*names)[: most + 1])
    is_cut = len(found) > most
    if is_cut:
        outside = list(rows.filter(path="").order_by("started_at", "id").values(*names)[:most])
        latest = rows.exclude(path="").order_by("-started_at", "-id").values(*names)[: most - len(outside)]
        found = sorted([*outside, *latest], key=lambda row: (row["started_at"], row["id"]))
    return [{name: row[name] for name in ("node_id", "path", "status")} for row in found], is_cut


def events_after(execution: Execution, sequence: int, limit: int) -> list[Event]:
    """Return the next events of a run as clients see them."""
    stored = stored_events(execution.pk, sequence, limit)
    if any(event.type in FINAL_EVENTS for event in stored):
        execution = execution_by_id(execution.pk, without=NOT_LISTED)  # the one given may be older than its end
    runs = _node_runs(execution.pk, stored)
    tasks = _tasks(stored)
    return [_event(event, execution, runs, tasks) for event in stored]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it stands in its batch, with its number."""

    seq: int
    type: str
    at: datetime
    node_id: str | None
    path: str
    data: dict[str, Any] | None


def stored_events(execution_id: UUID, after: int, limit: int) -> list[StoredEvent]:
    """Return up to `limit` events behind number `after`, in order."""
    found: list[StoredEvent] = []
    while len(found) < limit:
        batches = list(
            EventBatch.objects.filter(execution_id=execution_id, last_seq__gt=after).order_by("last_seq")[:BATCHES_READ]
        )
        for batch in batches:
            numbered = enumerate(batch.events, batch.first_seq)
            wanted = islice(((seq, event) for seq, event in numbered if seq > after), limit - len(found))
            found.extend(_stored(seq, event) for seq, event in wanted)
            after = batch.last_seq
        if len(batches) < BATCHES_READ:
            break
    return found


def _stored(seq: int, event: dict[str, Any]) -> StoredEvent:
    at = datetime.fromisoformat(event["at"])
    return StoredEvent(seq, event["type"], at, event.get("node_id"), event.get("path", ""), event.get("data"))


def _node_runs(execution_id: UUID, events: Sequence[StoredEvent]) -> dict[tuple[str, str], NodeRun]:
    wanted = {(execution_id, one.node_id, one.path) for one in events if one.node_id and one.type in OF_NODE_RUNS}
    if not wanted:
        return {}
    found = with_head(NodeRun.objects.filter(pk__in=sorted(wanted)))
    return {(run.node_id, run.path): run for run in found}


def _tasks(events: Sequence[StoredEvent]) -> dict[str, HumanTask]:
    ids = {event.data["human_task_id"] for event in events if event.type.startswith("human_task.") and event.data}
    return {str(task.pk): task for task in HumanTask.objects.filter(pk__in=ids)} if ids else {}


def _event(
    row: StoredEvent,
    execution: Execution,
    runs: dict[tuple[str, str], NodeRun],
    tasks: dict[str, HumanTask],
) -> Event:
    data: dict[str, Any] = {}
    run = runs.get((row.node_id or "", row.path))
    task = tasks.get((row.data or {}).get("human_task_id", ""))
    if row.type == "human_task.opened":
        opened: dict[str, Any] = {
            "status": "pending",
            "response": None,
            "responded_by_id": None,
            "responded_at": None,
            "answers": [],
        }
        return _seen(row, execution, {"task": task_shown({**columns_of(task), **opened}) if task else None})
    if row.type == "human_task.closed":
        data = closed_data(task) if task else {}
    elif run is not None and row.type in OF_NODE_RUNS:
        data = node_data(row.type, run, StoredOutputs.of(run).preview)
    elif row.node_id is None:
        output, is_cut = _output_of(execution.pk) if row.type == "execution.completed" else (None, False)
        data = execution_data(row.type, _shown(execution, output))
        data |= {"truncated": True} if is_cut else {}
    return _seen(row, execution, data | (row.data or {}))


def _seen(row: StoredEvent, execution: Execution, data: dict[str, Any]) -> Event:
    return Event(row.seq, row.type, row.at, str(execution.pk), row.node_id, row.path, data)


def _shown(execution: Execution, output: list[Any] | None) -> RunShown:
    state = execution.state
    return RunShown(
        execution.end_reason, output, execution.duration_ms, execution.error, Usage.of_row(execution),
        execution.version, execution.trigger, execution.total,
        str(state.command_by_id) if state.command_by_id else None, state.command_reason,
    )  # fmt: skip


def _output_of(execution_id: UUID) -> tuple[Any, bool]:
    """Return (output of a run as its last event shows it, whether it was cut), without fetching one that is large."""
    row = Execution.objects.filter(pk=execution_id)
    length = row.values_list(Length(Cast("output", TextField())), flat=True).get()
    if (length or 0) > 2 * PREVIEW_BYTES:  # the database writes spaces in between
        return [], True
    output, text = row.values_list("output", "output_text").get()
    output = output if text is None else loads_own(text)
    return ([], True) if len(written(output)) > PREVIEW_BYTES else (output, False)


def usage_of_family(root_id: UUID) -> Usage:
    """Return what a run has used with all below it and all retries of it; counters are kept by nodes only."""
    family = Execution.objects.filter(root_execution_id=root_id)
    sums = family.aggregate(**{name: Sum(name) for name in (*TOKENS, "cost_usd")})
    return Usage.of(sums)


def last_sequence(execution_id: UUID) -> tuple[int, bool]:
    """Return (number of the last event, whether the run has ended)."""
    row = Execution.objects.values_list("state__last_seq", "state__status").get(pk=execution_id)
    return int(row[0]), row[1] in FINAL_VALUES


def open_waits_of(execution_id: UUID) -> list[Wait]:
    """Return what a run waits for, what ends first in front."""
    open_ = Wait.objects.filter(execution_id=execution_id, answered_at__isnull=True)
    return list(open_.order_by(F("until").asc(nulls_last=True), "created_at"))


def waiting_of(execution: Execution) -> dict[str, Any] | None:
    """Return the wait that ends first, of a run that is waiting."""
    wait = summaries_of([execution])[execution.pk].wait
    return wait_shown(wait) if wait else None


def wait_shown(wait: Wait) -> dict[str, Any]:
    return {
        "reason": wait.kind,
        "node_id": wait.node_id,
        "since": wire_time(wait.created_at),
        "until": wire_time(wait.until) if wait.until else None,
        "human_task_id": str(wait.task_id) if wait.task_id else None,
        "signal": wait.signal,
    }

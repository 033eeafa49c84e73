"""What people and programs do to a run from any process: pause, resume, stop, signals, answers.

Each is one conditional statement under the run's row lock, so of two at once one acts and the other is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.errors import Conflict, Missing
from core.ids import new_id
from core.json import dumps
from core.json.key_order import is_in_stored_order
from core.values.storable import storable_input
from executor import dispatch
from executor.domain.answers import as_stored
from executor.domain.lifecycle import FINAL, VERBS_ALLOWED, Status
from executor.models import Signal
from executor.sql import pausing_sql, verbs_sql
from executor.verbs import below


class IllegalTransition(Conflict):
    code = "illegal_transition"


class ResumeTokenUsed(Conflict):
    code = "resume_token_used"


def illegal(status: str, verb: str, command: str | None = None) -> IllegalTransition:
    """Return the refusal of a verb, with those that would be accepted. `command`: what was asked of the run before."""
    refused = {verb}
    if command == "stop":
        refused |= {"pause", "resume"}
    elif command != "pause" and Status(status) is not Status.PAUSED:
        refused.add("resume")
    return IllegalTransition(
        f"An execution that is {status} cannot be {_PAST.get(verb, verb)}",
        execution_status=status,
        verb=verb,
        allowed=[one for one in VERBS_ALLOWED[Status(status)] if one not in refused],
    )


_PAST = {"stop": "stopped", "pause": "paused", "resume": "resumed", "signal": "signalled", "retry": "retried"}


def _one(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _held(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    row = _one(statement, parameters)
    if row is None:
        raise Missing("There is no such execution")
    return row


@transaction.atomic
def stop(*, execution_id: UUID, by: UUID, reason: str | None, now: datetime) -> bool:
    """Stop a run: at once where no worker holds it, else by a command to its worker.

    Returns False where it was stopped before. Raises: IllegalTransition once it ended otherwise, Missing.
    """
    asked = {"id": execution_id, "by": by, "reason": reason, "now": now}
    before, command, after = _held(verbs_sql.STOP, asked)
    if after is not None:
        below.reach(execution_id, "stop", by)
        dispatch.announce_events(execution_id)
        if after == Status.CANCELLED:
            dispatch.announce_end(execution_id)
            transaction.on_commit(lambda: _tell_parent(execution_id), robust=True)  # else the sweeper does
        dispatch.announce_command(execution_id)
        return True
    if before == Status.CANCELLED or (command == "stop" and Status(before) not in FINAL):
        return False
    raise illegal(before, "stop")


@transaction.atomic
def _tell_parent(execution_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(verbs_sql.CHILDREN_DONE, {"ids": [execution_id], "reason": "answer"})
        for parent_id, status in cursor.fetchall():
            woken(parent_id, status)


def stop_these(*, ids: Sequence[UUID], by: UUID, reason: str) -> int:
    """Stop many runs together; returns how many were asked to: some that just move may be left for another time."""
    return below.stop_these(ids, by, reason)


@transaction.atomic
def stop_below(execution_id: str) -> None:
    """Stop what still runs below a run that has ended."""
    below.reach(UUID(execution_id), "stop", None)


@transaction.atomic
def pause(*, execution_id: UUID, by: UUID) -> bool:
    """Pause a run before its next node. Returns False where that was so already. Raises: IllegalTransition, Missing."""
    before, command, after = _held(pausing_sql.PAUSE, {"id": execution_id, "by": by})
    if after is not None:
        below.reach(execution_id, "pause", by)
        dispatch.announce_events(execution_id)
        dispatch.announce_command(execution_id)
        return True
    if before == Status.PAUSED or command == "pause":
        return False
    raise illegal(before, "pause", command)


@transaction.atomic
def resume(*, execution_id: UUID) -> None:
    """Queue a paused run again, or take a pause back that has not come to be. Raises: IllegalTransition, Missing."""
    before, command, after = _held(pausing_sql.RESUME, {"id": execution_id})
    if after is None:
        raise illegal(before, "resume", command)
    below.reach(execution_id, "resume", None)
    woken(execution_id, after)


@transaction.atomic
def signal(*, execution_id: UUID, name: str, payload: Any) -> None:
    """Send a signal to a run; it is kept until a node waits for it.

    Raises: Invalid, IllegalTransition once the run is over.
    """
    payload = storable_input(payload, "payload")
    status = _held("SELECT status FROM executor_runstate WHERE execution_id = %(id)s FOR UPDATE", {"id": execution_id})[
        0
    ]
    if Status(status) in FINAL:
        raise illegal(status, "signal")
    kept: dict[str, Any] = {"id": execution_id, "signal_id": new_id(), "name": name, "payload": dumps(payload).decode()}
    kept["keeps_order"] = not is_in_stored_order(payload)
    with connection.cursor() as cursor:
        cursor.execute(verbs_sql.KEEP_SIGNAL, kept)
    row = _one(verbs_sql.MATCH, {"id": execution_id, "reason": "signal"})
    if row is not None:
        woken(execution_id, row[0])


@transaction.atomic
def resume_by_token(*, execution_id: UUID, payload: Any) -> None:
    """Resume what waits for a signal, whatever its name; once a run. Raises: ResumeTokenUsed, IllegalTransition."""
    _held("SELECT status FROM executor_runstate WHERE execution_id = %(id)s FOR UPDATE", {"id": execution_id})
    if Signal.objects.filter(execution_id=execution_id, name="*").exists():
        raise ResumeTokenUsed("This link was used before")
    signal(execution_id=execution_id, name="*", payload=payload)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a run somebody waits."""

    execution_id: UUID
    node_id: str
    path: str
    number: int


def answer(*, place: Place, value: dict[str, Any], closed: dict[str, Any] | None) -> bool:
    """Answer one wait of a run; `closed` is the event of the task this closes. Returns False where none is open."""
    execution_id = place.execution_id
    asked = {
        "id": execution_id,
        "node_id": place.node_id,
        "path": place.path,
        "number": place.number,
        "answer": dumps(as_stored(value)).decode(),
        "reason": "answer",
        "closed": None if closed is None else dumps(closed).decode(),
    }
    row = _one(verbs_sql.ANSWER, asked)
    if row is not None:
        woken(execution_id, row[0])
    return row is not None


def woken(execution_id: UUID, status: str) -> None:
    """Tell who can go on with a run that was woken: any worker, or the one that holds it; and who reads its events."""
    dispatch.announce_events(execution_id)
    if status == Status.PENDING:
        dispatch.enqueue_run(execution_id)
    else:
        dispatch.announce_command(execution_id)

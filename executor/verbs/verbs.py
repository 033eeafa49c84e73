"""What people and programs do to a run from any process: pause, resume, stop, signals, answers.

Each is one conditional statement under the run's row lock, so of two at once one acts and the other is told.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DataError, OperationalError, connection, transaction
from django.utils import timezone

from core.errors import Conflict, Missing
from core.ids import new_id
from core.json import dumps
from core.outbox import queue
from core.outbox.kinds import NOBODY
from core.web.json_input import storable_input
from executor import dispatch
from executor.domain.lifecycle import FINAL, VERBS_ALLOWED, Status
from executor.models import Signal
from executor.sql import verbs_sql

logger = logging.getLogger(__name__)


class IllegalTransition(Conflict):
    code = "illegal_transition"


class NotAllReached(Exception):
    """Some of the runs below one could not be stopped, paused or resumed; the others were."""


class ResumeTokenUsed(Conflict):
    code = "resume_token_used"


def illegal(status: str, verb: str) -> IllegalTransition:
    return IllegalTransition(
        f"An execution that is {status} cannot be {_PAST.get(verb, verb)}",
        execution_status=status,
        verb=verb,
        allowed=list(VERBS_ALLOWED[Status(status)]),
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


AT_ONCE = 100  # runs below one that are reached in one transaction: more would hold too many rows for too long
BELOW = "verb_below"


def _reach_below(execution_id: UUID, verb: str, by: UUID | None, now: datetime) -> None:
    """Do to the runs below one what was done to it: the first ones at once, the rest by the outbox."""
    alive = _alive_below(execution_id)
    try:
        with transaction.atomic():
            for child_id in alive[:AT_ONCE]:
                _CHILD_VERBS[verb](child_id, by, now)
    except DataError:  # what one of them holds: the others are reached by the outbox, and the verb itself is done
        logger.exception("the runs below %s could not be reached at once", execution_id)
        is_left = True
    else:
        is_left = len(alive) > AT_ONCE
    if is_left:
        payload = {"execution_id": str(execution_id), "verb": verb, "by": str(by) if by else None}
        queue.add(BELOW, owner_id=by or NOBODY, payload=payload, key=f"{BELOW}:{execution_id}")


@transaction.atomic
def stop(*, execution_id: UUID, by: UUID, reason: str | None, now: datetime) -> bool:
    """Stop a run: at once where no worker holds it, else by a command to its worker.

    Returns False where it was stopped before. Raises: IllegalTransition once it ended otherwise, Missing.
    """
    asked = {"id": execution_id, "by": by, "reason": reason, "now": now}
    before, command, after = _held(verbs_sql.STOP, asked)
    if after is not None:
        _reach_below(execution_id, "stop", by, now)
        dispatch.announce_events(execution_id)
        if after == Status.CANCELLED:
            dispatch.announce_end(execution_id)
        dispatch.announce_command(execution_id)
        return True
    if before == Status.CANCELLED or (before == Status.RUNNING and command == "stop"):
        return False
    raise illegal(before, "stop")


def _alive_below(execution_id: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(verbs_sql.ALIVE_BELOW, {"ids": [execution_id]})
        return [row[0] for row in cursor.fetchall()]


def _stop_child(child_id: UUID, by: UUID | None, now: datetime) -> None:
    row = _one(verbs_sql.STOP, {"id": child_id, "by": by, "reason": "The run it belongs to ended", "now": now})
    if row is not None and row[2] is not None:
        if row[2] == Status.CANCELLED:
            dispatch.announce_end(child_id)
        dispatch.announce_events(child_id)
        dispatch.announce_command(child_id)


def _pause_child(child_id: UUID, by: UUID | None, now: datetime) -> None:
    _one(verbs_sql.PAUSE, {"id": child_id, "by": by})
    dispatch.announce_command(child_id)


def _resume_child(child_id: UUID, by: UUID | None, now: datetime) -> None:
    row = _one(verbs_sql.RESUME, {"id": child_id})
    if row is not None and row[2] is not None:
        woken(child_id, row[2])


_CHILD_VERBS = {"stop": _stop_child, "pause": _pause_child, "resume": _resume_child}


def reach_all_below(execution_id: UUID, verb: str, by: UUID | None) -> None:
    """Do a verb to all runs below one, so many in one transaction; one that raises is passed over.

    Raises: NotAllReached in the end, where there was one.
    """
    alive = _alive_below(execution_id)
    missed: list[UUID] = []
    for at in range(0, len(alive), AT_ONCE):
        missed += _reached_together(alive[at : at + AT_ONCE], verb, by)
    if missed:
        raise NotAllReached(f"{len(missed)} of {len(alive)} runs could not be reached, {missed[0]} among them")


def _reached_together(ids: Sequence[UUID], verb: str, by: UUID | None) -> list[UUID]:
    """Do a verb to some runs in one transaction, or each alone where that raised; returns those that raise alone."""
    try:
        with transaction.atomic():
            for child_id in ids:
                _CHILD_VERBS[verb](child_id, by, timezone.now())
    except OperationalError:
        raise  # the database is away
    except Exception:
        logger.exception("%s does not %s", ids[0] if len(ids) == 1 else f"one of {len(ids)} runs", verb)
        return list(ids) if len(ids) == 1 else [missed for one in ids for missed in _reached_together([one], verb, by)]
    return []


def stop_below(execution_id: str) -> None:
    """Stop what still runs below a run that has ended."""
    reach_all_below(UUID(execution_id), "stop", None)


@transaction.atomic
def pause(*, execution_id: UUID, by: UUID) -> bool:
    """Pause a run before its next node. Returns False where that was so already. Raises: IllegalTransition, Missing."""
    before, command, after = _held(verbs_sql.PAUSE, {"id": execution_id, "by": by})
    if after is not None:
        _reach_below(execution_id, "pause", by, timezone.now())
        dispatch.announce_events(execution_id)
        dispatch.announce_command(execution_id)
        return True
    if before == Status.PAUSED or command == "pause":
        return False
    raise illegal(before, "pause")


@transaction.atomic
def resume(*, execution_id: UUID) -> None:
    """Queue a paused run again, or take a pause back that has not come to be. Raises: IllegalTransition, Missing."""
    before, _, after = _held(verbs_sql.RESUME, {"id": execution_id})
    if after is None:
        raise illegal(before, "resume")
    _reach_below(execution_id, "resume", None, timezone.now())
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
        "answer": dumps(value).decode(),
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

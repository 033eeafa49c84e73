"""One turn of a registration: what is wanted is read, done at the other service, and what came of it written.

No transaction is open while the other service is spoken to, so any of the three may be the last thing a process does:
the turn is made again, and finds at the other service what it had done there. One turn at a time, by a lock that lasts
longer than a turn can. What was wanted may have changed meanwhile: then the row is due again at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from pydantic import ValidationError

from core.clock import database_now
from core.outbox.kinds import Later, Outcome, Row
from core.values.times import wire_time
from credentials import kept
from executor.process.polls import reach
from nodes.base import NodeFailed, Reach
from nodes.pushing import Hook
from orchestrator.models import Registration
from orchestrator.triggers import pushes

logger = logging.getLogger(__name__)
TURN_S = 60
LIMIT_S = TURN_S + 30  # of the row: reading and writing take a while too
LOCK = timedelta(seconds=LIMIT_S + 10)
PAUSES_S = (5, 30, 120, 600, 1800)
LONG_PAUSE_S = 3600  # after what another try alone does not mend
MOST_REMOVALS = 60  # more than two days; then somebody has to look
OLD_SECRET = timedelta(minutes=10)  # calls under way were signed with it
State = Registration.State


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn is to do, as it was wanted when it began."""

    row: Registration
    generation: int
    until: datetime

    @property
    def is_removal(self) -> bool:
        return self.row.state == State.REMOVING


def work(row: Row) -> Outcome:
    """Make what is wanted of a registration true; returns when it is to be looked at again."""
    registration_id = UUID(row.payload["registration_id"])
    turn = begin(registration_id, database_now())
    if not isinstance(turn, Turn):
        return Later(turn) if turn is not None else None
    try:
        known = reach_out(turn)
    except NodeFailed as exc:
        return _at(fail(turn, exc, database_now()))
    except DatabaseError:
        raise
    except Exception as exc:
        logger.exception("registration %s of %s broke", turn.row.pk, turn.row.workflow_id)
        return _at(fail(turn, NodeFailed("registration_failed", type(exc).__name__), database_now()))
    return _at(finish(turn, known, database_now()))


def _at(moment: datetime | None) -> Outcome:
    return None if moment is None else Later(moment)


@transaction.atomic
def begin(registration_id: UUID, now: datetime) -> Turn | datetime | None:
    """Take a registration that something is to be done with; else returns when to look again, if ever."""
    row = Registration.objects.select_for_update().filter(pk=registration_id).first()
    if row is None:
        return None
    if row.locked_until is not None and row.locked_until > now:
        return row.locked_until
    if row.expires_at is not None and row.expires_at <= now:
        row.state, row.generation, row.expires_at = State.REMOVING, row.generation + 1, None
    elif row.state == State.ACTIVE:
        return row.expires_at
    elif row.next_try_at is None or row.next_try_at > now:
        return _first(row.next_try_at, row.expires_at)
    row.locked_until = now + LOCK
    row.save()
    return Turn(row, row.generation, row.locked_until)


def reach_out(turn: Turn) -> Mapping[str, Any] | None:
    """Register or remove at the other service; returns what to know of it. Raises: NodeFailed."""
    row, node_type = turn.row, pushes.type_of(turn.row.kind)
    if node_type is None:
        raise NodeFailed("unknown_node_type", f"There is no trigger type {row.kind!r} here")
    try:
        params = node_type.Params.model_validate(row.params)
    except ValidationError as exc:
        raise NodeFailed("invalid_config", exc.errors()[0]["msg"]) from exc
    (secret, *_) = kept.opened([UUID(one["id"]) for one in row.secrets[:1]]) or [""]
    if not secret and not turn.is_removal:
        raise NodeFailed("secret_missing", "The keys of this installation do not open its secret: make another")
    hook = Hook(pushes.url_of(row), secret, row.known)

    async def removed(ctx: Reach) -> None:
        await node_type.remove(params, hook, ctx)

    async def registered(ctx: Reach) -> Mapping[str, Any]:
        return await node_type.register(params, hook, ctx)

    doing: Callable[[Reach], Coroutine[Any, Any, Mapping[str, Any] | None]]
    doing = removed if turn.is_removal else registered
    return reach(
        owner_id=row.owner_id, slots=row.credentials, now=database_now(), work=doing, limit_s=TURN_S, secret=secret
    )


def _held(turn: Turn) -> Registration | None:
    """Return the row of a turn that is still the one at work on it."""
    rows = Registration.objects.select_for_update().filter(pk=turn.row.pk, locked_until=turn.until)
    return rows.first()


@transaction.atomic
def finish(turn: Turn, known: Mapping[str, Any] | None, now: datetime) -> datetime | None:
    """Write what is there now; returns when to look again."""
    row = _held(turn)
    if row is None:
        return None
    row.locked_until, row.known = None, None if known is None else dict(known)
    if row.generation != turn.generation:
        row.save()
        return now  # something else is wanted by now
    if turn.is_removal:
        pushes.forget(row)
        return None
    row.state, row.failures, row.last_error, row.next_try_at = State.ACTIVE, 0, None, None
    row.registered_at = now
    row.secrets = _secrets_after(row.secrets, now)
    row.save()
    return row.expires_at


def _secrets_after(secrets: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Return the secrets to go on with, now that the newest is known at the other service."""
    if not secrets:
        return []
    newest, *older = secrets
    over = [one for one in older if one["until"] is not None and one["until"] <= wire_time(now)]
    kept.forget([UUID(one["id"]) for one in over])
    left = [one for one in older if one not in over]
    return [newest, *({**one, "until": one["until"] or wire_time(now + OLD_SECRET)} for one in left)]


@transaction.atomic
def fail(turn: Turn, exc: NodeFailed, now: datetime) -> datetime | None:
    """Write what went wrong; returns when it is tried again."""
    row = _held(turn)
    if row is None:
        return None
    row.locked_until = None
    if row.generation != turn.generation:
        row.save()
        return now
    row.failures += 1
    row.last_error = {"code": exc.node_code, "message": exc.message[:500]}
    row.state = State.REMOVING if turn.is_removal else State.FAILED
    is_over = turn.is_removal and row.failures >= MOST_REMOVALS
    row.next_try_at = None if is_over else now + timedelta(seconds=_pause_s(exc, row.failures))
    row.save()
    return _first(row.next_try_at, row.expires_at)


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _pause_s(exc: NodeFailed, failures: int) -> float:
    if not exc.retryable:
        return LONG_PAUSE_S
    pause_s = PAUSES_S[failures - 1] if failures <= len(PAUSES_S) else LONG_PAUSE_S
    return max(pause_s, exc.retry_after_s or 0)


def credential_changed(row: Row) -> Outcome:
    """Register again what a changed credential is used for."""
    pushes.credential_changed(UUID(row.payload["credential_id"]), database_now())
    return None

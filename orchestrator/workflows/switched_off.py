"""An account that staff switch off, and on again: what it runs stands still meanwhile.

switched off ─▶ no trigger starts a run ─▶ its runs that go on are paused, slice by slice
switched on  ─▶ those of them that were paused by this go on; what somebody paused himself stays so
"""

from __future__ import annotations

import contextlib
import logging
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from core.access.reach import of_account
from core.accounts.people import SWITCHED
from core.clock import database_now
from core.errors import Missing
from core.models import User
from core.outbox.kinds import NOBODY, Kind, Later, Outcome, Row, in_thread
from executor.models import RunState
from executor.verbs import verbs
from orchestrator.triggers import polls

logger = logging.getLogger(__name__)
AT_ONCE = 200
ONCE_MORE = timedelta(seconds=30)
LIVE = ("pending", "running", "waiting")


def follow(row: Row) -> Outcome:
    """Pause the runs of an account, or let them go on, as the account is now; a slice a time, and all of them twice.

    A start that was under way when the account was switched off comes to light before the second time.
    """
    user = User.objects.filter(pk=row.payload["user_id"]).first()
    if user is None:
        return None
    if user.is_active and not row.payload.get("after"):
        polls.ask_at_once(user.pk, database_now())
    states = RunState.objects.filter(of_account(user.pk), execution__parent_execution_id=None).order_by("pk")
    found = _held_back(states) if user.is_active else states.filter(status__in=LIVE, command=None)
    ids = list(found.filter(pk__gt=row.payload.get("after", NOBODY)).values_list("pk", flat=True)[:AT_ONCE])
    for execution_id in ids:
        try:
            _switch(execution_id, is_active=user.is_active)
        except Exception:
            logger.exception("execution %s is passed over", execution_id)
    payload = {"user_id": str(user.pk), "is_second": bool(row.payload.get("is_second"))}
    if len(ids) == AT_ONCE:
        return Later(database_now(), {**payload, "after": str(ids[-1])})
    return None if payload["is_second"] else Later(database_now() + ONCE_MORE, {**payload, "is_second": True})


def _switch(execution_id: UUID, *, is_active: bool) -> None:
    with contextlib.suppress(verbs.IllegalTransition, Missing):  # it ended meanwhile
        if is_active:
            verbs.resume(execution_id=execution_id)
        else:
            verbs.pause(execution_id=execution_id, by=NOBODY)


def _held_back(states: QuerySet[RunState]) -> QuerySet[RunState]:
    return states.filter(Q(status="paused") | Q(command="pause"), command_by_id=NOBODY)


KINDS = (Kind(SWITCHED, "work", in_thread(follow), limit_s=300, gives_up=False),)

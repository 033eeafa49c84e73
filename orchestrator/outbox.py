"""The kinds of outbox rows that are about workflows and their runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.clock import database_now
from core.mail.mailing import mail_kind
from core.outbox.gathering import LATER
from core.outbox.kinds import Kind, Later, Outcome, Row, in_thread
from core.outbox.tools import Tools
from core.web.rendering import JsonRenderer
from credentials import services as credentials
from executor.selectors import executions_by_id
from orchestrator.executions import pruning
from orchestrator.executions.serializers import ExecutionOutput, summarise
from orchestrator.failures import error_runs
from orchestrator.failures import mails as failure_mails
from orchestrator.files import files
from orchestrator.jobs import jobs
from orchestrator.people import mails as notifying
from orchestrator.sharing import mails as invitation_mails
from orchestrator.starting import callbacks
from orchestrator.tables import left_state
from orchestrator.testing import tests
from orchestrator.triggers import polls, pushes, registrations, schedules

LARGE = object()
LARGE_BYTES = 2**20
PLACE_S = callbacks.TRY_TIMEOUT_S + 5  # longer than one that holds a place
RESULTS_BYTES = 8 * 2**20  # rendered together
RECURRING_S = (5.0, 30.0, 120.0, 600.0)


class Refused(Exception):
    """The other side answered, and did not take it."""


_SHOWN = ExecutionOutput()  # one for all: its fields are worked out once


def _results_of(execution_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Return the bodies that tell of runs, of those that are there; LATER for those behind so many bytes.

    A body that has to wait for its place comes to LARGE.
    """
    rows = executions_by_id(execution_ids)
    summarise(rows)
    found: dict[UUID, Any] = {}
    left = RESULTS_BYTES
    for row in rows:
        if left <= 0:
            found[row.pk] = LATER
            continue
        body = JsonRenderer().render(_SHOWN.to_representation(row))
        found[row.pk] = LARGE if len(body) > LARGE_BYTES else body
        left -= len(body)
    return found


def _result_of(execution_id: UUID) -> bytes | None:
    rows = executions_by_id([execution_id])
    summarise(rows)
    return JsonRenderer().render(_SHOWN.to_representation(rows[0])) if rows else None


async def post_result(row: Row, tools: Tools) -> Outcome:
    """Post a run's result. Raises: GiveUp, Refused, BlockedAddress, Unreachable, ResponseTooLarge.

    A worker holds few large bodies at once, of one owner not all; the others are made when they have their place.
    """
    execution_id = UUID(row.payload["execution_id"])
    body = await tools.together(_results_of, execution_id)
    if body is not LARGE:
        return await _post(row, tools, body)
    try:
        async with asyncio.timeout(PLACE_S):
            await tools.large.take(row.owner_id)
    except TimeoutError:
        return Later(await tools.call(database_now))
    try:
        return await _post(row, tools, await tools.call(_result_of, execution_id))
    finally:
        tools.large.give_back(row.owner_id)


async def _post(row: Row, tools: Tools, body: bytes | None) -> Outcome:
    if body is None:
        return None  # removed meanwhile: there is nothing to tell
    await tools.call(callbacks.check_reader, row)
    request = callbacks.delivery_of(row, body)
    reply = await tools.send(request)
    if not 200 <= reply.status < 300:
        raise Refused(f"it answered {reply.status}")
    return None


KINDS = (
    invitation_mails.MAIL,
    Kind(callbacks.KIND, "calls", post_result, limit_s=PLACE_S + callbacks.TRY_TIMEOUT_S + 20),
    Kind(error_runs.FAILED, "work", in_thread(error_runs.follow_up)),
    Kind(error_runs.KIND, "work", in_thread(error_runs.start)),
    Kind(failure_mails.KIND, "work", in_thread(failure_mails.tell)),
    Kind(notifying.ASKED, "work", in_thread(notifying.ask_for_mails)),
    mail_kind(notifying.MAIL, notifying.mail_one),
    Kind(tests.KIND, "work", in_thread(tests.judge), gives_up=False),
    Kind(jobs.KIND, "work", in_thread(jobs.work), gives_up=False),
    Kind(schedules.ROW, "work", in_thread(schedules.fire_row), pauses_s=RECURRING_S, gives_up=False),
    Kind(polls.ROW, "polls", in_thread(polls.ask_row), pauses_s=RECURRING_S, gives_up=False, limit_s=polls.LIMIT_S),
    Kind(
        pushes.ROW,
        "registrations",
        in_thread(registrations.work),
        pauses_s=RECURRING_S,
        gives_up=False,
        limit_s=registrations.LIMIT_S,
    ),
    Kind(credentials.CHANGED, "work", in_thread(registrations.credential_changed)),
    Kind(files.KIND, "work", in_thread(files.sweep_row), limit_s=300),
    Kind(pruning.KIND, "work", in_thread(pruning.prune_row), limit_s=300),
    Kind(left_state.KIND, "work", in_thread(left_state.remove_row), limit_s=300),
)

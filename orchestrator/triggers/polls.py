"""Triggers that are asked again and again, each by a row of the outbox: what is new starts a run, once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from compiler.graph import Node, link
from core.access.reach import of_account
from core.access.roles import Role
from core.clock import database_now
from core.errors import Missing, WorkflowError
from core.json import ITEM_DEPTH, NotStorable, dumps, lossy
from core.models import User
from core.outbox import queue
from core.outbox.kinds import Later, Outcome, Row
from executor.process import polls as asking
from executor.process.polls import Asked
from nodes.base import NodeFailed
from nodes.polling import Polled, PollType
from nodes.registry import builtin_catalogue
from orchestrator import selectors
from orchestrator.models import Poll, Workflow
from orchestrator.starting import start_steps
from orchestrator.triggers.deployment import Deployment, Standing

logger = logging.getLogger(__name__)
LOCK = timedelta(seconds=asking.LIMIT_S + 60)
MOST_PAUSE = timedelta(hours=1)
ROW = "poll"
MORE_S = 2  # where there is more than one run may take: what has no end is asked no faster
LIMIT_S = asking.LIMIT_S + 30  # storing what was found takes a while too


def register(deployed: Deployment) -> None:
    """Put the polling triggers of a definition in place of the old ones; one that looks at the same place goes on."""
    workflow = deployed.workflow
    nodes = {node.id: (node, node.type) for node in deployed.triggers("poll") if isinstance(node.type, PollType)}
    Poll.objects.filter(workflow=workflow).exclude(node_id__in=nodes).delete()
    for node, node_type in nodes.values():
        params = node_type.Params.model_validate(node.params)
        identity = {"kind": node.kind, "slots": dict(node.credentials), **node_type.identity(params)}
        fields: dict[str, Any] = {
            "owner_id": workflow.owner_id, "kind": node.kind, "params": dict(node.params), "identity": identity,
            "credentials": dict(node.credentials), "total": deployed.totals[node.id], "calls": list(deployed.calls),
            "every_s": params.model_dump()["every_s"], "next_poll_at": deployed.now, "failures": 0, "last_error": None,
        }  # fmt: skip
        known = Poll.objects.select_for_update().filter(workflow=workflow, node_id=node.id).first()
        if known is not None and known.identity != identity:
            fields["cursor"] = None
        plan(Poll.objects.update_or_create(workflow=workflow, node_id=node.id, defaults=fields)[0])


def unregister(workflow: Workflow) -> None:
    """Ask no more; what is known stays until the workflow is deployed without these triggers."""
    Poll.objects.filter(workflow=workflow).update(next_poll_at=None)


def standing(workflow: Workflow) -> dict[str, Standing]:
    return {
        poll.node_id: Standing(next_at=poll.next_poll_at, error=(poll.last_error or {}).get("message"))
        for poll in workflow.polls.all()
    }


def plan(poll: Poll) -> None:
    """Ask for a trigger to be asked at its next moment, in the transaction that sets it."""
    if poll.next_poll_at is not None:
        payload, key = {"poll_id": str(poll.pk)}, f"{ROW}:{poll.pk}"
        queue.add(ROW, owner_id=poll.owner_id, payload=payload, key=key, due_at=poll.next_poll_at)


@transaction.atomic
def ask_at_once(owner_id: UUID, now: datetime) -> None:
    """Let the triggers of an account be asked now that were put off while it was switched off."""
    put_off = Poll.objects.filter(of_account(owner_id), next_poll_at__isnull=False)
    for poll in put_off.filter(last_error__code=start_steps.AccountOff.code).select_for_update():
        poll.next_poll_at, poll.failures, poll.last_error = now, 0, None
        poll.save(update_fields=["next_poll_at", "failures", "last_error"])
        plan(poll)


def ask_row(row: Row) -> Outcome:
    """Ask a trigger that is due; returns when it is to be asked again."""
    poll_id = UUID(row.payload["poll_id"])
    ask(poll_id, database_now())
    left = Poll.objects.filter(pk=poll_id, next_poll_at__isnull=False).first()
    if left is None or left.next_poll_at is None:
        return None
    return Later(max(left.next_poll_at, left.locked_until or left.next_poll_at))


def _free(now: datetime) -> Q:
    return Q(locked_until=None) | Q(locked_until__lte=now)


def ask(poll_id: UUID, now: datetime) -> UUID | None:
    """Ask one trigger, if nobody else does; returns the run that was started."""
    until = now + LOCK
    if not Poll.objects.filter(_free(now), pk=poll_id, next_poll_at__lte=now).update(locked_until=until):
        return None
    poll = Poll.objects.get(pk=poll_id)
    node_type = builtin_catalogue().newest(poll.kind)
    assert isinstance(node_type, PollType)  # noqa: S101 (only such are registered)
    try:
        start_steps.check_account(poll.owner_id)
    except start_steps.AccountOff as exc:  # nobody's mailbox is read for an account that is switched off
        _failed(poll, until, exc, now)
        return None
    try:
        found = asking.poll(Asked(node_type, poll.params, poll.owner_id, poll.credentials, now), poll.cursor)
        found = replace(found, items=[lossy(item, ITEM_DEPTH) for item in found.items])
        dumps({"items": list(found.items), "cursor": dict(found.cursor)})
    except (NodeFailed, NotStorable) as exc:
        _failed(poll, until, exc, now)
        return None
    except Exception as exc:
        logger.exception("the poll of %s of workflow %s broke", poll.node_id, poll.workflow_id)
        _failed(poll, until, exc, now)
        return None
    try:
        return _take(poll, until, found, now)
    except WorkflowError as exc:  # no credits, a definition that does not compile any more
        _failed(poll, until, exc, now)
        return None
    except Exception as exc:
        _failed(poll, until, exc, now)
        raise


@transaction.atomic
def _take(poll: Poll, until: datetime, found: Polled, now: datetime) -> UUID | None:
    """Start a run and move the cursor, both or neither; nothing where the lock or the trigger is gone."""
    rows = Poll.objects.filter(pk=poll.pk, locked_until=until, identity=poll.identity, next_poll_at__isnull=False)
    row = rows.select_for_update(of=("self",)).select_related("workflow").first()
    if row is None:
        return None
    execution_id = _start(row, found, now) if found.items else None
    row.cursor, row.locked_until = dict(found.cursor), None
    row.last_error = {"code": "poll_warning", "message": found.warning[:500]} if found.warning else None
    pause = timedelta(seconds=MORE_S if found.has_more else row.every_s)
    if found.failure is not None:
        row.last_error = {"code": found.failure.node_code, "message": found.failure.message[:500]}
        pause = timedelta(seconds=row.every_s) if found.items else _pause(row)
    row.failures = row.failures + 1 if found.failure is not None and not found.items else 0
    row.last_polled_at, row.next_poll_at = now, now + pause
    row.last_execution_id = execution_id or row.last_execution_id
    row.save()
    return execution_id


def _start(poll: Poll, found: Polled, now: datetime) -> UUID | None:
    deployed = start_steps.of_deployed(poll.workflow, node_id=poll.node_id, total=poll.total, calls=poll.calls)
    if deployed is None:
        return None
    return start_steps.start_run(deployed, input=list(found.items), now=now, trigger="event").execution_id


def _failed(poll: Poll, until: datetime, exc: Exception, now: datetime) -> None:
    """Note a failure; each one more doubles the pause, up to an hour."""
    code, message = "poll_failed", type(exc).__name__
    if isinstance(exc, WorkflowError):
        code, message = exc.node_code if isinstance(exc, NodeFailed) else exc.code, exc.message
    Poll.objects.filter(pk=poll.pk, locked_until=until).update(
        locked_until=None, failures=F("failures") + 1, last_error={"code": code, "message": message[:500]},
        last_polled_at=now, next_poll_at=now + _pause(poll),
    )  # fmt: skip


def _pause(poll: Poll) -> timedelta:
    """Return how long a trigger that failed, and did so before, is left alone."""
    pause = min(timedelta(seconds=poll.every_s * 2 ** min(poll.failures, 12)), MOST_PAUSE)
    return max(pause, timedelta(seconds=poll.every_s))


def try_out(*, actor: User, workflow_id: UUID, node_id: str, now: datetime) -> Sequence[dict[str, Any]]:
    """Return a few of what a trigger of the working copy would find. Raises: Missing, NodeFailed."""
    workflow = selectors.workflow_for(actor, workflow_id, needs=Role.RUNNER)
    definition, _ = selectors.definition_for(workflow, "current")
    node: Node | None = link(definition, builtin_catalogue()).nodes.get(node_id)
    if node is None or not isinstance(node.type, PollType):
        raise Missing("There is no such polling trigger")
    return asking.sample(Asked(node.type, node.params, workflow.owner_id, node.credentials, now))

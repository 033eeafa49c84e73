"""What a node's turn waits for: something outside, the next attempt, people's word on a failure, a credential's rate.

A resumed run starts the node over; each wait that has had its answer returns that at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from compiler.graph import Node
from core import jitter
from core.clock import utc_now
from core.json import ITEM_DEPTH
from credentials import pacing
from executor.domain import events
from executor.domain.human_task import TaskRecord, task_asked
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import NodeRunRow, WaitKey
from executor.domain.run_error import NodeError, at_place
from executor.node.cleaning import cleaned_error
from executor.node.outputs import fit
from executor.node.runner import Turn, TurnResult, attempt_entry
from executor.run.recording import encoded_result
from executor.run.region import RegionRun
from executor.run.scope import Scope
from executor.run.waits import IN_MEMORY_S, mark_waiting, wait_record
from executor.waits import remote_turns
from executor.waits.questions import recovery_question
from nodes.base import Answer, CancelRun, WaitFor
from nodes.items import Items

LONG_BACKOFF_S = 30
RATE_LIMIT = "rate_limit"
ASKED = ("title", "message", "options", "form", "context")  # what a question says


async def wait_for(
    region: Scope, row: NodeRunRow, request: WaitFor, kind: str | None = None, *, key: WaitKey | None = None
) -> Answer:
    """Wait for something outside; what was waited for already is not asked for again.

    Waits of a node are known by their order, unless `key` tells which one it is.
    """
    run, waits = region.run, region.run.waits
    key = waits.next_key(row) if key is None else key
    stored = waits.stored.get(key)
    if stored is not None and stored.answer is not None:
        return dict(stored.answer)
    now = utc_now()
    if stored is None and request.kind == "timer" and request.until is not None:
        left_s = (request.until - now).total_seconds()
        if left_s < IN_MEMORY_S:
            await asyncio.sleep(max(left_s, 0))
            return {"by": "time"}
    record = wait_record(request, key, now, kind) if stored is None else stored.record()
    if stored is None and request.task is not None:
        asked = run.secrets.masked(request.task)
        record.task = _storable(task_asked(asked, key, run.claimed, until=request.until, now=now))
        record.task_id = record.task.id
    before = row.status
    mark_waiting(row)
    run.buffer.put(row)
    if stored is None:
        if record.task is not None:
            run.buffer.note(events.human_task_opened(row, record.task.id, now))
        run.buffer.waits.append(record)
        waits.keep(record.stored())

    async def armed() -> None:
        if request.kind == "timer":
            region.journal.dirty(run)
        else:
            await region.journal.flush(run)
            await run.match_signals()

    answer = await waits.until_answered(record, region, armed)
    row.status = before
    run.buffer.put(row)
    region.journal.dirty(run)
    return answer


def _storable(task: TaskRecord) -> TaskRecord:
    """Return a task whose question can be stored. Raises: NodeFailed."""
    return replace(task, **fit({name: getattr(task, name) for name in ASKED}, "The question", depth=ITEM_DEPTH + 1))


async def pending_question(region: RegionRun, turn: Turn, row: NodeRunRow) -> TurnResult | None:
    """Take up where an earlier worker suspended: between two attempts, or with people asked what to do.

    Returns the failed result people are being asked about.
    """
    if turn.node.type is not None and turn.node.type.waits:
        row.attempts, row.attempt = [], 1  # its turn is made again from its top, attempts and questions included
        return None
    known = region.known.get(row.node_id)
    stored = region.run.waits.of_node(row.node_id, row.path)
    asks = turn.node.settings.on_error == "ask"
    for wait in stored:
        if wait.kind == "retry_backoff":
            turn.attempts_made = len(row.attempts)
            await wait_for(region, row, WaitFor("timer", wait.until))
        elif wait.kind == RATE_LIMIT:
            await wait_for(region, row, WaitFor("timer", wait.until), RATE_LIMIT)
        elif wait.kind == remote_turns.KIND:
            if wait is not stored[-1]:
                region.run.waits.next_key(row)  # its result was taken, and people were asked about it
        elif asks and (wait is not stored[-1] or known is None or known.status is not NodeStatus.WAITING):
            region.run.waits.next_key(row)
    if asks and stored and known is not None and known.status is NodeStatus.WAITING and known.error is not None:
        return TurnResult(known.outputs, known.error, failed="main" not in known.outputs)
    return None


async def near_its_turn(region: RegionRun, node: Node, row: NodeRunRow) -> None:
    """Wait while others have a credential's rate for long; that gives the worker back.

    Nothing is reserved meanwhile: each attempt does that when it comes.
    """
    services, ids = region.run.services, list(node.credentials.values())
    while True:
        wait_s = await services.in_database(pacing.outlook, owner_id=region.run.owner_id, credential_ids=ids)
        if wait_s <= LONG_BACKOFF_S:
            return
        early = jitter.between(0.5, 1) * LONG_BACKOFF_S
        await wait_for(region, row, WaitFor("timer", utc_now() + timedelta(seconds=wait_s - early)), RATE_LIMIT)


async def ask(region: RegionRun, node: Node, row: NodeRunRow, result: TurnResult, inputs: Mapping[str, Items]) -> bool:
    """Ask people what to do about a failure. Returns whether to go on without. Raises: CancelRun."""
    assert result.error is not None  # noqa: S101 (for the type checker: people are asked about a failure)
    error = at_place(result.error, region.place_of(node.id))
    encoded = await encoded_result(region.run, node, result, inputs, error_is_used=True)
    row.show(encoded.outputs, encoded.raw, encoded.aside)
    row.error = error
    answer = await wait_for(region, row, recovery_question(node, error, utc_now()))
    row.error = None
    if answer.get("action") == "stop":
        raise CancelRun("stopped")
    if answer.get("action") == "retry":
        row.attempts = [*row.attempts, attempt_entry(row.attempt, row.started_at, utc_now(), error)][-100:]
        row.attempt += 1
        return False
    result.skipped = answer.get("action") == "skip"
    return True


class Attempts:
    """Writes failed attempts into the node's row and tells of the next one."""

    def __init__(self, region: RegionRun, row: NodeRunRow) -> None:
        self.region = region
        self.run = region.run
        self.row = row

    def retrying(self, *, attempt: int, error: NodeError, started_at: datetime, delay_s: float) -> None:
        now = utc_now()
        row, error = self.row, cleaned_error(error, self.run.secrets)
        row.attempts = [*row.attempts, attempt_entry(attempt, started_at, now, error)][-100:]
        row.attempt = max(row.attempt, attempt + 1)
        event = events.node_retrying(row, now, attempt=attempt, delay_s=delay_s, error=error)
        self.run.buffer.put(row, event)
        self.run.journal.dirty(self.run)

    async def pause(self, delay_s: float) -> None:
        """Wait for the next attempt; a long wait gives the worker back."""
        if delay_s <= LONG_BACKOFF_S:
            await asyncio.sleep(delay_s)
            return
        until = utc_now() + timedelta(seconds=delay_s)
        await wait_for(self.region, self.row, WaitFor("timer", until), "retry_backoff")

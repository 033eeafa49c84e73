"""Turns of nodes on other queues, as their run sees them: kept as a job, waited for, taken up again.

Params are evaluated here, where the run's values are; what travels is data: the node, its params, its items. What comes
back is a `TurnResult`, and the attempts that failed.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from core.clock import utc_now
from core.database.compression import pack
from core.ids import new_id
from core.json import NotStorable, dumps
from executor.compute import pieces
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import NodeRunRow, WaitRecord
from executor.node.counting import YIELD_AFTER_S
from executor.node.runner import Turn, TurnResult, error_of, failed_turn
from executor.run.region import RegionRun
from executor.run.waits import mark_waiting
from nodes.base import NodeFailed
from nodes.budget import Budget
from nodes.items import Items
from nodes.usage import Usage

KIND = "remote_node"
IN_MEMORY_S = 0.5  # a job done that soon needs no suspension of its run


async def run_elsewhere(region: RegionRun, turn: Turn, row: NodeRunRow) -> TurnResult:
    """Let a worker of the node's queue do its turn."""
    run = region.run
    key = run.waits.next_key(row)
    node_id, path, number = key
    stored = run.waits.stored.get(key)
    unresolved: list[tuple[str, str]] = []
    if stored is None:
        try:
            workflow_id = str(run.claimed.workflow_id) if run.claimed.workflow_id else None
            asked = {**await request_of(turn, unresolved), "workflow_id": workflow_id, "keeps_state": run.keeps_state}
            asked["variables"] = dict(run.claimed.variables)  # those it was started with: the others are read there
            if run.secrets and run.secrets.stand_in(dumps(asked["params"])):
                raise NodeFailed("secret_not_sent", "A secret variable is not sent to another queue: use a credential")
            request = await pieces.packed(asked)
        except (NotStorable, RecursionError) as exc:
            failure = NodeFailed("invalid_params", f"The node cannot be sent to another queue: {exc}")
            return await failed_turn(turn.inputs, error_of(failure))
        except NodeFailed as exc:
            return await failed_turn(turn.inputs, error_of(exc))
        now = utc_now()
        await run.keep_job(
            {"job_id": new_id(), "node_id": node_id, "path": path, "number": number, "request": request,
             "id": run.execution_id, "owner_id": run.owner_id, "priority": run.claimed.priority,
             "queue": turn.node.settings.queue}
        )  # fmt: skip
        record = WaitRecord(*key, KIND, now)
        run.buffer.waits.append(record)
        run.waits.keep(record.stored())
    else:
        record = WaitRecord(*key, KIND, stored.created_at)
    if stored is None or stored.answered_at is None:

        async def armed() -> None:
            if stored is None:
                await run.journal.flush(run)
                run.job_kept(str(turn.node.settings.queue))

        mark_waiting(row)
        run.buffer.put(row)
        hold = asyncio.get_running_loop().time() + IN_MEMORY_S
        await run.waits.until_answered(record, region, armed, hold_until=hold if stored is None else 0)
        row.status = NodeStatus.RUNNING
    kept = await run.job_result({"id": run.execution_id, "node_id": node_id, "path": path, "number": number})
    result = result_of(await pieces.read(kept, run.services.computing, run.owner_id), row)
    result.unresolved[:0] = unresolved
    return result


async def request_of(turn: Turn, unresolved: list[tuple[str, str]]) -> dict[str, Any]:
    """Return a turn as data: what the other worker needs to make it. Raises: NodeFailed where that is too much."""
    node = turn.node
    items: Items = next(iter(turn.inputs.values()), [])
    count = len(items) if node.known_type.per_item else 1
    params: list[dict[str, Any]] | None = None
    counting = Budget()
    if turn.evaluation is not None:
        params = []
        since = time.monotonic()
        for at in range(count):
            if time.monotonic() - since > YIELD_AFTER_S:
                await asyncio.sleep(0)
                since = time.monotonic()
            try:
                values = await turn.evaluation.values(at, unresolved)
            except NodeFailed as exc:
                params.append({"error": error_of(exc)})
            else:
                params.append({"values": counting.part(values)})
    context = turn.context(None)
    return {
        "node": {
            "id": node.id, "label": node.label, "kind": node.kind, "version": node.version, "params": dict(node.params),
            "credentials": dict(node.credentials), "settings": node.settings.model_dump(mode="json"),
        },
        "params": params,
        "inputs": dict(turn.inputs),
        "goes_on": turn.goes_on,
        "attempts_made": turn.attempts_made,
        "timezone": context.timezone,
        "connected": sorted(context.connected),
        "variables": dict(context.variables),
        "idempotency_key": context.idempotency_key,
    }  # fmt: skip


def data_of(result: TurnResult, attempts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a result as data."""
    return {
        "outputs": result.outputs, "error": result.error, "failed": result.failed, "failures": result.failures,
        "logs": result.logs, "attempts": attempts, "held_secret": result.held_secret,
        "warnings": result.warnings, "usage": result.usage.as_record(), "is_cached": result.is_cached,
    }  # fmt: skip


def result_of(found: dict[str, Any], row: NodeRunRow) -> TurnResult:
    """Return what came back; attempts that failed go into the row."""
    row.attempts = [*row.attempts, *found["attempts"]][-100:]
    row.attempt += len(found["attempts"])
    return TurnResult(
        found["outputs"], found["error"], found["failed"], found["failures"], logs=found["logs"],
        held_secret=found.get("held_secret", False), warnings=[tuple(one) for one in found.get("warnings", ())],
        usage=Usage.of(found.get("usage", {})), is_cached=found.get("is_cached", False),
    )  # fmt: skip


def lost_result(cause: str = "") -> bytes:
    """Return the result of a turn that took its workers down."""
    message = "The workers that ran this node were lost again and again" + (
        f", the last time: {cause}" if cause else ""
    )
    return failed_result("worker_lost", message)


def failed_result(code: str, message: str) -> bytes:
    """Return the result of a turn that was ended from outside."""
    failed = TurnResult({}, error_of(NodeFailed(code, message)), True, failures=1)
    return pack(dumps(data_of(failed, [])))

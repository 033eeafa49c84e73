"""Runs that a node starts: one execution each, linked to its parent, waited for as one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from core.clock import utc_now
from core.ids import new_id
from core.json import ITEM_DEPTH
from core.values.size import is_small, json_size
from executor.compute.pieces import HOLD_S
from executor.domain.claimed import SubWorkflow
from executor.domain.lifecycle import NodeStatus
from executor.domain.new_run import NewRun
from executor.domain.records import NodeRunRow, WaitRecord
from executor.node.outputs import fit
from executor.run.restoring import whole_items
from executor.run.scope import Scope
from executor.run.state import Run
from executor.run.waits import mark_waiting
from nodes import budget
from nodes.base import ChildResult, NodeFailed

MAPPINGS = ("input_mapping", "output_mapping")
IN_MEMORY_S = 0.5  # a parent whose child ends that soon need not be suspended and taken up again


async def call(
    region: Scope, row: NodeRunRow, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None, waits: bool
) -> list[ChildResult]:
    """Start children, and wait for them unless told otherwise. Raises: NodeFailed."""
    run = region.run
    known = run.claimed.sub_workflows.get(workflow_id)
    if known is None:
        raise NodeFailed("subworkflow_missing", "The sub-workflow is not there, or not deployed")
    depth = run.claimed.depth + 1
    if depth > run.program.settings.max_nesting_depth:
        limit = run.program.settings.max_nesting_depth
        raise NodeFailed("nesting_too_deep", f"Sub-workflows may be nested {limit} deep", depth=depth)
    if not inputs:
        return []
    key = run.waits.next_key(row)
    stored = run.waits.stored.get(key)
    if stored is None:
        if len(inputs) > budget.MOST_RUNS:
            message = f"{len(inputs)} runs are more than the {budget.MOST_RUNS} that one step may start"
            raise NodeFailed("loop_limit", message)
        now = utc_now()
        record = WaitRecord(*key, "sub_workflow", now, is_detached=not waits)
        limit_key = f"{run.execution_id}:{row.node_id}:{row.path}:{key[2]}" if at_once else None
        each = _record_of_each(region, row, known, limit_key=limit_key, at_once=at_once, waits=waits)
        record.children = [
            {**each, "id": str(new_id()), "child_index": at, "input": value} async for at, value in _fit(inputs)
        ]
        run.buffer.waits.append(record)
        run.waits.keep(record.stored())
        ids = [child["id"] for child in record.children]
        if not waits:
            await run.journal.flush(run)
            run.children_started(ids)
            return [ChildResult(child_id, "pending", []) for child_id in ids]
        before = row.status
        mark_waiting(row)
        run.buffer.put(row)
        hold = asyncio.get_running_loop().time() + IN_MEMORY_S

        async def armed() -> None:
            await run.journal.flush(run)
            run.children_started(ids)

        await run.waits.until_answered(record, region, armed, hold_until=hold)
        row.status = before
    elif not waits:
        return [ChildResult(str(found["id"]), found["status"], []) for found in await run.child_results(row)]
    elif stored.answered_at is None:
        mark_waiting(row)
        run.buffer.put(row)
        record = WaitRecord(*key, "sub_workflow", stored.created_at)
        await run.waits.until_answered(record, region, _nothing)
        row.status = NodeStatus.RUNNING
    return [
        ChildResult(str(found["id"]), found["status"], await _whole(run, found), found["error"])
        for found in await run.child_results(row)
    ]


async def _fit(inputs: Sequence[Any]) -> AsyncIterator[tuple[int, Any]]:
    """Yield the number and the value of each input as it is stored, letting others go on. Raises: NodeFailed."""
    what = "An input of a sub-workflow"
    since = time.monotonic()
    for at, value in enumerate(inputs):
        if is_small(value):
            yield at, fit(value, what, depth=ITEM_DEPTH)
        else:
            yield at, await asyncio.to_thread(fit, value, what, depth=ITEM_DEPTH)
        if time.monotonic() - since > HOLD_S:
            await asyncio.sleep(0)
            since = time.monotonic()


async def _whole(run: Run, found: dict[str, Any]) -> list[Any]:
    """Return a child's output with the large values that its own run stored as files."""
    output: list[Any] = found["output"] or []
    values = (value for item in output for value in item.get("json", {}).values())
    if not any(isinstance(value, dict) and "$blob" in value for value in values):
        return output
    restored = await run.services.in_database(whole_items, output, run.owner_id, found["id"])
    if json_size(restored, budget.MOST_BYTES) > budget.MOST_BYTES:
        raise budget.too_large()
    return list(restored)


async def _nothing() -> None:
    """Nothing is to be armed: it was, by an earlier worker."""


def _record_of_each(
    region: Scope, row: NodeRunRow, known: SubWorkflow, *, limit_key: str | None, at_once: int | None, waits: bool
) -> dict[str, Any]:
    """Return what the start statement takes of the children of one call; their ids, numbers and inputs differ."""
    claimed = region.run.claimed
    each = NewRun(
        owner_id=claimed.owner_id, workflow_id=UUID(known["workflow_id"]), workflow_name=known["workflow_name"],
        definition_hash=known["definition_hash"], layout_hash=known["layout_hash"],
        trigger_node_id=known["trigger_node_id"], input=None, total=known["total"], version=known["version"],
        mode=claimed.mode, trigger="sub_workflow", sub_workflows=claimed.sub_workflows,
        parent_execution_id=claimed.execution_id, parent_node_id=row.node_id, parent_path=row.path,
        root_execution_id=claimed.root_execution_id or claimed.execution_id, depth=claimed.depth + 1,
        is_detached=not waits, limit_key=limit_key, limit_max=at_once, priority=claimed.priority,
        mappings={key: region.params_of(row.node_id).get(key) or {} for key in MAPPINGS},
    )  # fmt: skip
    return each.as_record(utc_now())

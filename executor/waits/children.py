"""Runs that a node starts: one execution each, linked to its parent, waited for as one.

What an earlier attempt, or the run that is repaired, finished with the same input is taken as it is: no effect of a
child is made again.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.clock import utc_now
from core.ids import new_id
from core.json import ITEM_DEPTH, canonical
from core.json.key_order import is_in_stored_order
from core.storage import blob_lifetime
from core.values.size import is_small, json_size
from executor.compute.pieces import HOLD_S
from executor.domain.claimed import SubWorkflow
from executor.domain.lifecycle import FINAL, NodeStatus, Status
from executor.domain.new_run import NewRun
from executor.domain.records import NodeRunRow, StoredWait, WaitKey, WaitRecord
from executor.node.outputs import fit
from executor.run.restoring import whole_items
from executor.run.scope import Scope
from executor.run.state import Run
from executor.run.waits import mark_waiting
from executor.verbs import below
from nodes import budget
from nodes.base import ChildResult, NodeFailed

MAPPINGS = ("input_mapping", "output_mapping")
IN_MEMORY_S = 0.5  # a parent whose child ends that soon need not be suspended and taken up again


@dataclass(frozen=True, slots=True)
class Calling:
    """How a node calls: so many at once, waited for or not, until when, ended by the first that fails or not.

    `mappings` are those of a tool; None: the node's own.
    """

    at_once: int | None = None
    waits: bool = True
    stops: bool = False
    limit_s: float | None = None
    mappings: Mapping[str, Any] | None = None


async def call(
    region: Scope, row: NodeRunRow, workflow_id: str, inputs: Sequence[Any], calling: Calling
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
    inputs = [run.secrets.masked(one) for one in inputs]  # they are stored
    given = list(inputs) if stored is not None else [value async for _, value in _fit(inputs)]
    digests = await _digests(given)
    if stored is None and len(inputs) > budget.MOST_RUNS:
        message = f"{len(inputs)} runs are more than the {budget.MOST_RUNS} that one step may start"
        raise NodeFailed("loop_limit", message)
    ids = await _known_ids(run, key, known["workflow_id"], digests, is_new=stored is None)
    if stored is None and None in ids:
        each = _record_of_each(region, row, known, key, calling)
        children = [
            {
                **each,
                "id": str(new_id()),
                "child_index": at,
                "input": value,
                "request_hash": digests[at],
                "keeps_order": _keeps_order(value),
            }
            for at, value in enumerate(given)
            if ids[at] is None
        ]
        for child in children:
            ids[child["child_index"]] = child["id"]
        await _start(region, row, key, children, calling)
    elif stored is not None and calling.waits and stored.answered_at is None:
        await _go_on_waiting(region, row, stored)
    if None in ids:
        raise NodeFailed("subworkflow_failed", "A run that was taken over has been removed meanwhile")
    found_ids = [str(one) for one in ids if one is not None]
    if not calling.waits:
        return [ChildResult(one, "pending", []) for one in found_ids]
    return await _results(run, key, found_ids)


async def _known_ids(
    run: Run, key: WaitKey, workflow_id: str, digests: Sequence[str], *, is_new: bool
) -> list[str | None]:
    """Return the id of the run for each input: this call's own, or one that finished the same before."""
    ids: list[str | None] = [None] * len(digests)
    if is_new and key[2] == 0 and not run.claimed.takes_over:
        return ids
    node_id, path, number = key
    asked = {"id": run.execution_id, "node_id": node_id, "path": path, "number": number, "workflow_id": workflow_id}
    taken: list[str] = []
    for found in sorted(await run.children_of_call(asked), key=lambda found: found["is_own"]):
        at = found["child_index"]
        if at >= len(ids) or not (found["is_own"] or found["request_hash"] == digests[at]):
            continue
        ids[at] = str(found["id"])
        if not found["is_own"]:
            taken.append(str(found["id"]))
    if is_new and taken:
        await run.services.in_database(_share_files, taken, run.execution_id)
    return ids


def _share_files(sources: Sequence[str], target: str) -> None:
    """Keep the files of runs that are taken over as long as this one is kept."""
    for source in sources:
        blob_lifetime.share(source=UUID(source), target=UUID(target))


async def _start(
    region: Scope, row: NodeRunRow, key: WaitKey, children: list[dict[str, Any]], calling: Calling
) -> None:
    """Store the runs with the wait for them, and wait."""
    run, now = region.run, utc_now()
    record = WaitRecord(*key, "sub_workflow", now, is_detached=not calling.waits, stops=calling.stops)
    record.until = _end(now, calling.limit_s) if calling.waits else None
    record.children = children
    run.buffer.waits.append(record)
    run.waits.keep(record.stored())
    ids = [child["id"] for child in children]
    if not calling.waits:
        await run.journal.flush(run)
        run.children_started(ids)
        return
    before = row.status
    mark_waiting(row)
    run.buffer.put(row)
    hold = asyncio.get_running_loop().time() + IN_MEMORY_S

    async def armed() -> None:
        await run.journal.flush(run)
        run.children_started(ids)

    await run.waits.until_answered(record, region, armed, hold_until=hold)
    row.status = before


def _end(now: datetime, limit_s: float | None) -> datetime | None:
    return now + timedelta(seconds=limit_s) if limit_s is not None else None


async def _go_on_waiting(region: Scope, row: NodeRunRow, stored: StoredWait) -> None:
    run = region.run
    mark_waiting(row)
    run.buffer.put(row)
    await run.waits.until_answered(stored.record(), region, _nothing)
    row.status = NodeStatus.RUNNING


async def _results(run: Run, key: WaitKey, ids: Sequence[str]) -> list[ChildResult]:
    """Return how the runs ended; those that go on although nobody waits any more are stopped.

    Raises: NodeFailed "node_timeout" where the time was over first.
    """
    rows = await run.child_results(ids)
    left = [UUID(str(found["id"])) for found in rows if Status(found["status"]) not in FINAL]
    if left:
        await run.services.in_database(below.stop_these, left, None, "The node that started it waits no more")
    stored = run.waits.stored.get(key)
    if left and stored is not None and (stored.answer or {}).get("by") == "time":
        raise NodeFailed("node_timeout", "The runs that the node started took longer than it may wait", retryable=True)
    return [
        ChildResult(
            str(found["id"]), "cancelled" if Status(found["status"]) not in FINAL else found["status"],
            await _whole(run, found), found["error"],
        )
        for found in rows
    ]  # fmt: skip


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


async def _digests(values: Sequence[Any]) -> list[str]:
    """Return what each input is known by, letting others go on."""
    made: list[str] = []
    since = time.monotonic()
    for value in values:
        made.append(_digest(value) if is_small(value) else await asyncio.to_thread(_digest, value))
        if time.monotonic() - since > HOLD_S:
            await asyncio.sleep(0)
            since = time.monotonic()
    return made


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


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


def _keeps_order(value: Any) -> bool:
    """Tell whether the text of an input is kept for the order of its keys; a large one is not looked through here."""
    return not is_small(value) or not is_in_stored_order(value)


def _record_of_each(
    region: Scope, row: NodeRunRow, known: SubWorkflow, key: WaitKey, calling: Calling
) -> dict[str, Any]:
    """Return what the start statement takes of the children of one call; their ids, numbers and inputs differ."""
    claimed = region.run.claimed
    limit_key = f"{claimed.execution_id}:{row.node_id}:{row.path}:{key[2]}" if calling.at_once else None
    each = NewRun(
        owner_id=claimed.owner_id, workflow_id=UUID(known["workflow_id"]), workflow_name=known["workflow_name"],
        definition_hash=known["definition_hash"], layout_hash=known["layout_hash"],
        trigger_node_id=known["trigger_node_id"], input=None, total=known["total"], version=known["version"],
        mode=claimed.mode, trigger="sub_workflow", sub_workflows=claimed.sub_workflows,
        parent_execution_id=claimed.execution_id, parent_node_id=row.node_id, parent_path=row.path,
        parent_number=key[2], root_execution_id=claimed.root_execution_id or claimed.execution_id,
        depth=claimed.depth + 1, is_detached=not calling.waits, limit_key=limit_key, limit_max=calling.at_once,
        priority=claimed.priority,
        mappings=_mappings(region, row) if calling.mappings is None else dict(calling.mappings),
    )  # fmt: skip
    return each.as_record(utc_now())


def _mappings(region: Scope, row: NodeRunRow) -> dict[str, Any]:
    return {name: region.params_of(row.node_id).get(name) or {} for name in MAPPINGS}

"""Rounds of a loop: each runs the body's graph in a region of its own; what comes back is put together in order.

A finished round has a row under the loop node and its own path, so a resumed run skips it without walking its body.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from compiler.driver import DRIVER, Driver
from core.clock import utc_now
from executor.domain import links
from executor.domain.ledger import Ledger
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import NodeRunRow
from executor.domain.run_error import NodeError, RunError, at_place
from executor.node.counting import YIELD_AFTER_S, count_all
from executor.node.outputs import encode_on_loop
from executor.node.runner import Turn, TurnResult, error_of, failed_turn
from executor.run.region import RegionRun
from nodes.base import NodeFailed
from nodes.budget import Budget
from nodes.items import MOST_LINKS, Item, Items
from nodes.loop_types import LoopNodeType

STUBBORN_S = 0.8


@dataclass(slots=True)
class Rounds:
    """A loop at work."""

    region: RegionRun
    driver_of: Callable[[RegionRun], Driver]  # who runs the nodes of a round
    turn: Turn
    rounds: Sequence[Items]
    at_once: int
    on_failure: str
    came: dict[int, Items] = field(default_factory=dict[int, "Items"])
    counting: Budget = field(default_factory=Budget)  # of what came back
    error: NodeError | None = None

    @property
    def loop_id(self) -> str:
        return self.turn.node.id


async def run_loop(
    region: RegionRun, turn: Turn, node_type: LoopNodeType[Any], driver_of: Callable[[RegionRun], Driver]
) -> TurnResult:
    """Run a loop node: all its rounds, as many at once as it allows."""
    result = TurnResult()
    try:
        far = turn.evaluation
        params = turn.params(0, result.unresolved) if far is None else await far.at(0, result.unresolved)
        rounds = node_type.rounds(params, turn.inputs)
        await count_all(*rounds)
    except NodeFailed as exc:
        return await failed_turn(turn.inputs, error_of(exc), result)
    loop = Rounds(region, driver_of, turn, rounds, node_type.at_once(params), node_type.on_failure(params))
    turn.making.add(loop.counting)
    try:
        await _run_all(loop)
    except NodeFailed as exc:
        return await failed_turn(turn.inputs, error_of(exc), result)
    if loop.error is not None:
        return await failed_turn(turn.inputs, loop.error, result)
    result.outputs = {"done": [item for number in sorted(loop.came) for item in loop.came[number]]}
    result.is_counted = True
    return result


async def _run_all(loop: Rounds) -> None:
    region, tokens = loop.region, loop.region.run.tokens
    waiting = iter(range(len(loop.rounds)))
    lanes = min(loop.at_once, len(loop.rounds))
    if not lanes:
        return

    async def work(lane: object) -> None:
        for number in waiting:
            await _run_round(loop, number, lane)
            if loop.error is not None:
                return
        if tokens_left[0] > 1:
            tokens_left[0] -= 1
            tokens.drop(lane)  # the last lane keeps its token for the loop itself

    tokens_left = [lanes]
    names = [object() for _ in range(lanes)]
    for name in names:
        tokens.add(name, 1)
    tokens.add(region, -1)
    tasks = [asyncio.create_task(work(name)) for name in names]
    try:
        if lanes == 1:
            await tasks[0]
        else:
            await _all_or_first_error(loop, tasks)
    finally:
        for task in tasks:
            task.cancel()
        tokens.add(region, 1)
        for name in names:
            tokens.drop(name)


async def _all_or_first_error(loop: Rounds, tasks: list[asyncio.Task[None]]) -> None:
    pending = set(tasks)
    while pending and loop.error is None:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    if pending:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=STUBBORN_S)


async def _run_round(loop: Rounds, number: int, lane: object) -> None:
    outer, run = loop.region, loop.region.run
    body = outer.ledger.region.bodies[loop.loop_id]
    path = outer.ledger.round_path(loop.loop_id, number)
    count = len(loop.rounds)
    known = run.known.get(path, {}).get(loop.loop_id)
    place = {"index": number, "count": count, "is_last": number == count - 1}
    entered = loop.rounds[number] if known is None else known.outputs.get("loop", loop.rounds[number])
    ledger = Ledger(outer.plan, body, path, outer.ledger, entered, place)
    inner = outer.inner(ledger)
    if known is not None and known.is_over:
        if number == count - 1:
            inner.begin()  # its nodes can be named from behind the loop
            inner.end()
            outer.ledger.last[loop.loop_id] = ledger
        _came(loop, number, known.outputs.get("main", []), known.error)
        return
    row = await _row(loop, path, entered)
    if known is not None:
        row.id = known.record["id"]
    run.open[path, loop.loop_id] = row
    run.buffer.put(row)
    run.rounds.add(ledger)
    try:
        await _drive(loop, inner, lane)
    finally:
        run.rounds.discard(ledger)
    if run.buffer.closed:
        return
    items = ledger.joined(outer.plan.returning[loop.loop_id]).get("main", []) if inner.failure is None else []
    items = list(entered) if not body.order else await _linked(loop, ledger, items)
    failure = inner.failure
    try:
        row.show({"loop": entered, "main": items}, (await encode_on_loop({"loop": entered, "main": items})).raw)
    except NodeFailed as exc:
        items, failure = [], at_place(error_of(exc), inner.place_of(loop.loop_id))
    row.status = NodeStatus.COMPLETED if failure is None else NodeStatus.FAILED
    row.error, row.finished_at = failure, utc_now()
    run.open.pop((path, loop.loop_id), None)
    run.buffer.put(row)
    run.known.pop(path, None)
    if number == max(len(loop.rounds) - 1, 0) or loop.loop_id not in outer.ledger.last:
        outer.ledger.last[loop.loop_id] = ledger
    run.journal.dirty(run)
    if not outer.ledger.path:
        run.count_results(items, 0)
    _came(loop, number, items, failure)


async def _linked(loop: Rounds, ledger: Ledger, items: Items) -> Items:
    """Return what a round gave back, linked to those items of the loop's input that each was made of."""
    whole = _links_of(ledger.entered)
    if len(ledger.entered) <= 1:
        return [{**item, "pairedItem": whole} for item in items]
    edges = ledger.plan.returning[loop.loop_id]
    follower = links.Follower(loop.loop_id, most=MOST_LINKS)
    known: dict[int, tuple[links.Origin, Any]] = {}  # many items may be made of the same
    made: Items = []
    since = time.monotonic()
    for at, item in enumerate(items):
        steps = follower.steps(ledger, edges, "main", at)
        while True:
            if time.monotonic() - since > YIELD_AFTER_S:
                await asyncio.sleep(0)
                since = time.monotonic()
            try:
                next(steps)
            except StopIteration as end:
                found: links.Origin = end.value
                break
        if id(found) not in known:
            known[id(found)] = found, [] if found.is_lost else _links_of([entry for _, entry in found.items])
        made.append({**item, "pairedItem": known[id(found)][1]})
    return made


def _links_of(entered: Items) -> Any:
    """Return the links of items that entered a round, as those of one item that was made of them all."""
    found: list[Any] = []
    for item in entered:
        paired = item.get("pairedItem", [])
        found.extend(paired if isinstance(paired, list) else [paired])
    return found[0] if len(found) == 1 else found if len(found) <= MOST_LINKS else []


async def _row(loop: Rounds, path: str, entered: Items) -> NodeRunRow:
    node = loop.turn.node
    row = NodeRunRow(
        node_id=node.id, label=node.label, kind=node.kind, effect="pure", started_at=utc_now(), path=path,
        input_counts={"main": len(entered)},
    )  # fmt: skip
    row.show({"loop": entered}, (await encode_on_loop({"loop": entered})).raw)
    return row


async def _drive(loop: Rounds, inner: RegionRun, lane: object) -> None:
    """Run the body's graph, until it ends or a failure in it aborts it."""
    body, run = inner.ledger.region, inner.run
    inner.begin()
    run.tokens.drop(lane)
    graph: asyncio.Task[Any] | None = None
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def finish(_done: object = None) -> None:
        if not over.done():
            over.set_result(None)

    try:
        if body.order and inner.failure is None:
            token = DRIVER.set(loop.driver_of(inner))
            graph = asyncio.create_task(inner.compiled.body_of(body)(len(body.order) + 5))
            DRIVER.reset(token)
            graph.add_done_callback(finish)
            inner.abort = partial(_abort, graph, finish)
            await over
            raised = graph.exception() if inner.failure is None and not graph.cancelled() else None
            if raised is not None:
                raise raised
    finally:
        if graph is not None and not graph.done():
            graph.cancel()
        run.tokens.add(lane, 1)
        inner.end()
        if inner.failure is not None:
            run.cancel_open_rows(utc_now(), below=inner.ledger.path)


def _abort(graph: asyncio.Task[Any], finish: Callable[[], None]) -> None:
    graph.cancel()
    asyncio.get_running_loop().call_later(STUBBORN_S, finish)


def _came(loop: Rounds, number: int, items: Items, error: RunError | None) -> None:
    if error is None or loop.on_failure == "collect":
        _collect(loop, number, items if error is None else [_failed_round(loop, number, error)])
    elif loop.on_failure == "stop" and loop.error is None:
        details = {**error.get("details", {}), "node_id": error.get("node_id"), "path": error.get("path")}
        loop.error = {
            "code": error["code"],
            "message": error["message"],
            "retryable": error.get("retryable", False),
            "details": details,
        }


def _collect(loop: Rounds, number: int, items: Items) -> None:
    """Keep what a round gave back; where all rounds gave too much, the loop has failed."""
    try:
        loop.came[number] = loop.counting.take_all(items)
    except NodeFailed as exc:
        loop.error = loop.error or error_of(exc)


def _failed_round(loop: Rounds, number: int, error: RunError) -> Item:
    entered = loop.rounds[number]
    first = entered[0] if entered else {"json": {}}
    shown = {key: error.get(key) for key in ("code", "message", "details", "node_id")}
    return {"json": {**first.get("json", {}), "error": shown}, "pairedItem": _links_of(entered)}

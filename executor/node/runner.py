"""One node's turn: params per item, attempts, time limit, where failures go. Never raises a node's failure."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from compiler.graph import Node
from core import jitter
from core.json import NotStorable, lossy, lossy_text
from core.values.size import json_size
from core.values.times import wire_time
from executor.domain import node_time
from executor.domain.run_error import NodeError
from executor.domain.signals import EngineSignal
from executor.domain.tokens import Lanes
from executor.node.counting import YIELD_AFTER_S, count_all, settled
from executor.node.params import Evaluates
from nodes import budget
from nodes.base import BatchNodeType, CancelRun, NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.items import Item, Items
from nodes.usage import NOTHING, Usage

logger = logging.getLogger(__name__)
AT_ONCE = 10
MAX_BACKOFF_S = 86_400  # as much as `retry.delay_s` may say
DETAILS_DEPTH = 30  # of an error


class Attempts(Protocol):
    """Who is told of attempts that failed and will be made again."""

    def retrying(self, *, attempt: int, error: NodeError, started_at: datetime, delay_s: float) -> None: ...

    async def pause(self, delay_s: float) -> None: ...


class Keeps(Protocol):
    """What knows results of earlier turns: for one item by its place, or for all (None)."""

    async def result(
        self, params: NodeParams, at: int | None, ctx: NodeContext, make: Callable[[], Awaitable[NodeResult]]
    ) -> NodeResult: ...


@dataclass(slots=True, eq=False)
class Turn:
    """What a node's turn needs: the node, its items, params and a context for an item.

    `params` notes what came to nothing, and raises NodeFailed.
    """

    node: Node
    inputs: Mapping[str, Items]
    params: Callable[[int, list[tuple[str, str]]], NodeParams]
    context: Callable[[int | None], NodeContext]
    attempts: Attempts
    clock: Callable[[], datetime]
    goes_on: bool  # failures are handled: by the error handle or by `continue`
    admit: Callable[[], Awaitable[None]] | None = None  # what an attempt waits for before its time counts
    attempts_made: int = 0  # before this turn, by a worker that suspended between two attempts
    over: Callable[[], None] = lambda: None  # what is told when it has been made
    evaluation: Evaluates | None = None  # what evaluates its expressions, where it has any
    making: budget.Making = field(default_factory=budget.Making)  # what is counted as it is made
    execution_id: str = ""
    owner_id: object = None
    kept: Keeps | None = None  # results of earlier turns, where they may be used again
    lanes: Callable[[int], Lanes] | None = None  # tokens for items side by side, of which one may wait


class Latest:
    """The turn that was last seen at work on this process's loop; read by the thread that watches the loop."""

    turn: Turn | None = None


@dataclass(slots=True)
class TurnResult:
    """What came of a turn. `error` is the first failure; `failed` says that nothing succeeded."""

    outputs: dict[str, Items] = field(default_factory=dict)
    error: NodeError | None = None
    failed: bool = False
    failures: int = 0  # items that failed, handled or not
    skipped: bool = False  # people said to go on without
    held_secret: bool = False  # a secret of the run stood in the outputs, and was taken out
    is_cached: bool = False  # all of it was made by earlier turns
    is_counted: bool = False  # its outputs are known to be no larger than allowed
    unresolved: list[tuple[str, str]] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    warnings: list[tuple[str, str, str]] = field(default_factory=list)
    usage: Usage = NOTHING  # of a turn made elsewhere; what is used here is told to the run at once


def error_of(exc: NodeFailed) -> NodeError:
    """Return a failure as it is stored: whatever its texts and details hold, they can be."""
    return {
        "code": lossy_text(str(exc.node_code)),
        "message": lossy_text(str(exc.message)),
        "retryable": exc.retryable,
        "details": lossy(dict(exc.details.items()), DETAILS_DEPTH),
    }


def _unwritable(exc: Exception) -> str:
    return "text may not hold half of a surrogate pair" if isinstance(exc, UnicodeEncodeError) else "it is too deep"


async def run_turn(turn: Turn) -> TurnResult:
    """Run a node on its items."""
    Latest.turn = turn
    outer = budget.MAKING.set(turn.making)
    try:
        return await _run(turn)
    finally:
        budget.MAKING.reset(outer)
        Latest.turn = turn
        turn.over()


async def _run(turn: Turn) -> TurnResult:
    node_type = turn.node.known_type
    if isinstance(node_type, BatchNodeType):
        return await _run_batch(turn, node_type)
    items = next(iter(turn.inputs.values()), [])
    if (node_type.effect == "pure" and not node_type.in_jail) or len(items) == 1:
        return await _run_in_turn(turn, items)
    return await _run_side_by_side(turn, items)


async def _run_batch(turn: Turn, node_type: BatchNodeType[Any]) -> TurnResult:
    result = TurnResult()
    try:
        made = await _with_retries(
            turn,
            None,
            _started(turn, None, result.unresolved, lambda params, ctx: node_type.run_all(params, turn.inputs, ctx)),
        )
        if made.size is None:
            await count_all(*made.outputs.values())
    except NodeFailed as exc:
        return await failed_turn(turn.inputs, error_of(exc), result)
    result.is_counted = not made.failures
    result.is_cached = made.is_cached
    result.outputs = {handle: list(items) for handle, items in made.outputs.items()}
    result.logs.extend(made.logs)
    result.warnings.extend(made.warnings)
    if made.failures:
        _with_failures(turn, result, made.failures)
    return result


def _with_failures(turn: Turn, result: TurnResult, failures: Sequence[tuple[int, NodeFailed]]) -> None:
    """Send the items that a batch failed for on as errors, the others as they are."""
    items = next(iter(turn.inputs.values()), [])
    for at, exc in failures:
        result.error = result.error or _error_among(items, at, exc)
        result.failures += 1
        result.outputs.setdefault("error", []).append(_error_item(items[at], at, error_of(exc)))
    result.failed = not turn.goes_on or result.failures >= len(items)


async def _run_in_turn(turn: Turn, items: Items) -> TurnResult:
    collected = _Collected(turn, items)
    since = time.monotonic()
    for at, item in enumerate(items):
        outcome = await _run_item(turn, at, item, collected.result.unresolved)
        if not await collected.has_room_for(at, outcome):
            return await collected.overflowed()
        collected.put(at, outcome)
        if collected.stopped:
            break
        if time.monotonic() - since > YIELD_AFTER_S:
            await asyncio.sleep(0)
            since = time.monotonic()
    return await collected.finish()


async def _run_side_by_side(turn: Turn, items: Items) -> TurnResult:
    """Run up to ten items at a time; results keep the order of the items."""
    collected = _Collected(turn, items)
    places: list[NodeResult | NodeFailed | None] = [None] * len(items)
    waiting = iter(enumerate(items))

    count = min(AT_ONCE, len(items))
    lanes = turn.lanes(count) if turn.lanes is not None else None

    async def work() -> None:
        for at, item in waiting:
            places[at] = outcome = await _run_item(turn, at, item, collected.result.unresolved)
            if not await collected.has_room_for(at, outcome) or (isinstance(outcome, NodeFailed) and not turn.goes_on):
                break
        if lanes is not None:
            lanes.returned()

    try:
        await _all_or_first_error([work() for _ in range(count)])
    finally:
        if lanes is not None:
            lanes.close()
    if collected.overflow is not None:
        return await collected.overflowed()
    for at, made in enumerate(places):
        if made is not None:
            collected.put(at, made)
    return await collected.finish()


async def _all_or_first_error(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Do all of them; the first that raises ends the others, and its exception is raised as it is."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _started(
    turn: Turn, at: int | None, unresolved: list[tuple[str, str]],
    run: Callable[[NodeParams, NodeContext], Awaitable[Any]],
) -> Callable[[NodeContext], Awaitable[Any]]:  # fmt: skip
    """Return what an attempt does: the params are evaluated, then the node runs on them, for one item or all (None)."""

    async def attempt(ctx: NodeContext) -> Any:
        far, place = turn.evaluation, at or 0
        params = turn.params(place, unresolved) if far is None else await far.at(place, unresolved)
        if turn.kept is None:
            return await run(params, ctx)
        return await turn.kept.result(params, at, ctx, lambda: run(params, ctx))

    return attempt


async def _run_item(turn: Turn, at: int, item: Item, unresolved: list[tuple[str, str]]) -> NodeResult | NodeFailed:
    node_type = turn.node.known_type
    attempt = _started(turn, at, unresolved, lambda params, ctx: node_type.run(params, item, ctx))
    try:
        return await _with_retries(turn, at, attempt)
    except NodeFailed as exc:
        return exc


class _Collected:
    """Results of items, counted as they come, put in order of the items."""

    def __init__(self, turn: Turn, items: Items) -> None:
        self.turn = turn
        self.items = items
        self.result = TurnResult()
        self.budget = budget.Budget()
        self._counting = asyncio.Lock()
        self.overflow: NodeFailed | None = None
        self.succeeded = 0
        self.cached = 0
        self.stopped = False

    async def has_room_for(self, at: int, outcome: NodeResult | NodeFailed) -> bool:
        """Count what came of an item; once there is too much, the node has failed."""
        try:
            if isinstance(outcome, NodeFailed):
                await self._count([_error_item(self.items[at], at, error_of(outcome))])
            elif outcome.size is not None:
                self.budget.add(sum(map(len, outcome.outputs.values())), outcome.size)
            else:
                for made in outcome.outputs.values():
                    await self._count(made)
        except NodeFailed as exc:
            self.overflow = self.overflow or exc
        return self.overflow is None

    async def _count(self, items: Items) -> None:
        for item in items:
            if self.budget.put(item):
                async with self._counting:
                    await settled(self.budget)

    async def overflowed(self) -> TurnResult:
        assert self.overflow is not None  # noqa: S101 (for the type checker: set where this is called)
        return await failed_turn(self.turn.inputs, error_of(self.overflow))

    def put(self, at: int, outcome: NodeResult | NodeFailed) -> None:
        outputs = self.result.outputs
        if isinstance(outcome, NodeFailed):
            self.result.error = self.result.error or _error_among(self.items, at, outcome)
            self.result.failures += 1
            outputs.setdefault("error", []).append(_error_item(self.items[at], at, error_of(outcome)))
            self.stopped = not self.turn.goes_on
            return
        self.succeeded += 1
        self.cached += outcome.is_cached
        self.result.logs.extend(outcome.logs)
        self.result.warnings.extend(outcome.warnings)
        for handle, made in outcome.outputs.items():
            known = outputs.setdefault(handle, [])
            for item in made:
                if "pairedItem" not in item or item is self.items[at]:
                    item = {**item, "pairedItem": {"item": at}}
                known.append(item)

    async def finish(self) -> TurnResult:
        try:
            if self.budget.is_light:
                self.budget.close()
            else:
                await settled(self.budget)
        except NodeFailed as exc:
            self.overflow = exc
            return await self.overflowed()
        self.result.is_counted = True
        self.result.is_cached = self.cached == self.succeeded > 0 and self.result.error is None
        self.result.failed = self.result.error is not None and (self.succeeded == 0 or not self.turn.goes_on)
        return self.result


def _error_among(items: Items, at: int, exc: NodeFailed) -> NodeError:
    """Return the failure of one of several items, which says of which."""
    error = error_of(exc)
    return {**error, "details": {"item": at, **error["details"]}} if len(items) > 1 else error


def _error_item(item: Item, at: int, error: Mapping[str, Any]) -> Item:
    shown = {"code": error["code"], "message": error["message"], "details": error.get("details", {})}
    return {**item, "json": {**item.get("json", {}), "error": shown}, "pairedItem": {"item": at}}


async def failed_turn(inputs: Mapping[str, Items], error: NodeError, result: TurnResult | None = None) -> TurnResult:
    """Return the result of a turn that failed as a whole: each item of the first input goes on as an error.

    Where the error is too long to stand in each, it goes on alone.
    """
    result = result or TurnResult()
    first = next(iter(inputs.values()), [])
    if json_size(error, budget.MOST_BYTES) * len(first) > budget.MOST_BYTES:
        first = [{"json": {}}]
    result.error, result.failed, result.failures, result.is_counted = error, True, 1, False
    result.outputs = {"error": await _error_items(first, error)}
    return result


async def _error_items(items: Items, error: Mapping[str, Any]) -> Items:
    """Return all items as errors; the loop goes on meanwhile."""
    made: Items = []
    since = time.monotonic()
    for at, item in enumerate(items):
        made.append(_error_item(item, at, error))
        if time.monotonic() - since > YIELD_AFTER_S:
            await asyncio.sleep(0)
            since = time.monotonic()
    return made


async def _with_retries(turn: Turn, at: int | None, start: Callable[[NodeContext], Any]) -> NodeResult:
    """Make attempts until one succeeds or none is left. Raises: NodeFailed of the last one."""
    retry = turn.node.settings.retry
    number, turn.attempts_made = turn.attempts_made + 1, 0
    while True:
        started_at = turn.clock()
        try:
            made = await attempted(turn, at, start)
            missing = _again(turn.node, made) if number < retry.max_attempts else None
            if missing is None:
                return made
            raise missing
        except NodeFailed as exc:
            if not exc.retryable or number >= retry.max_attempts:
                raise
            delay = min(retry.delay_s * retry.backoff ** (number - 1), MAX_BACKOFF_S)
            delay = max(delay * jitter.between(0.9, 1.1), exc.retry_after_s or 0)
            turn.attempts.retrying(attempt=number, error=error_of(exc), started_at=started_at, delay_s=delay)
            await turn.attempts.pause(delay)
            number += 1


def _again(node: Node, made: NodeResult) -> NodeFailed | None:
    """Return why a node whose items are runs below it is tried again: those that succeeded are not run again."""
    if node.type is None or node.type.calls is None:
        return None
    return next((exc for _, exc in made.failures if exc.retryable), None)


async def attempted(turn: Turn, at: int | None, start: Callable[[NodeContext], Any]) -> NodeResult:
    """Make one attempt, within its time limit. Raises: NodeFailed, whatever the node type raises."""
    node = turn.node
    node_type = node.known_type
    limit = None if node_type.waits else node.settings.timeout_s or node_type.default_timeout_s
    if turn.admit is not None:
        await turn.admit()
    try:
        async with node_time.Limited(limit):
            ctx = turn.context(at)
            result = await start(ctx)
    except (NodeFailed, CancelRun, EngineSignal):
        raise
    except asyncio.CancelledError as exc:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise  # somebody ends this turn
        raise NodeFailed("node_failed", f"{node.label} failed: something it waited for was cancelled") from exc
    except TimeoutError as exc:
        raise NodeFailed("node_timeout", f"{node.label} took longer than {limit or 0:g} s", retryable=True) from exc
    except (NotStorable, UnicodeEncodeError, RecursionError) as exc:
        reason = str(exc) if isinstance(exc, NotStorable) else _unwritable(exc)
        raise NodeFailed("invalid_output", f"{node.label} made what cannot be stored: {reason}"[:2000]) from exc
    except Exception as exc:
        logger.exception("node type %s raised", node.kind)
        raise NodeFailed("node_failed", f"{node.label} failed: {type(exc).__name__}: {exc}"[:2000]) from exc
    if not isinstance(result, NodeResult):
        raise NodeFailed("invalid_output", f"{node.kind} returned {type(result).__name__}, not a result")
    if result.usage:
        ctx.spend(result.usage)
    return result


def attempt_entry(
    number: int, started_at: datetime, finished_at: datetime, error: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the wire form of one attempt."""
    shown = {"code": error["code"], "message": error["message"]} if error else None
    return {
        "number": number,
        "started_at": wire_time(started_at),
        "finished_at": wire_time(finished_at),
        "error": shown,
    }

"""Runs on a real database: an engine in this process, nodes that behave as they are told, what came of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.utils import timezone

from compiler.compiler import compile_definition
from compiler.definition import from_body, read
from executor.domain.new_run import NewRun
from executor.driver.graph_program import GraphProgram
from executor.models import Definition, Execution, NodeRun
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.selectors import execution_by_id, stored_events
from executor.verbs import executions
from nodes.base import Effect as Effect_
from nodes.base import Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType, NoParams
from nodes.builtin import BUILTIN
from nodes.items import Item
from nodes.registry import catalogue_of
from tests.builders import node
from tests.helping import HELPING
from tests.integration.executor.stepping import Steps

LOOK = Look("Test", "Only for tests.", "flow")
SEEN: list[tuple[str, str]] = []
GATE = threading.Event()


class BehaveParams(NodeParams):
    how: str = "pass"
    times: int = 0


class Behave(NodeType[BehaveParams]):
    """Does what its params say, good or bad."""

    kind = "behave"
    effect: ClassVar[Effect_] = "read"
    Params = BehaveParams
    look = LOOK

    async def run(self, params: BehaveParams, item: Item, ctx: NodeContext) -> NodeResult:
        SEEN.append((params.how, ctx.idempotency_key))
        if params.how == "hang":
            await asyncio.sleep(60)
        if params.how == "stubborn":
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(3)
        if params.how == "gate":
            while not GATE.is_set():
                await asyncio.sleep(0.01)
        if params.how == "raise":
            raise RuntimeError("broken")
        if params.how == "fail" or (params.how == "fail_odd" and item["json"].get("n", 0) % 2):
            raise NodeFailed("no_luck", "it did not work", retryable=True, hint="none")
        if params.how == "flaky" and sum(how == "flaky" for how, _ in SEEN) <= params.times:
            raise NodeFailed("no_luck", "not yet", retryable=True)
        if params.how == "nan":
            return NodeResult.of({"x": float("nan"), "y": 1})
        if params.how == "nul":
            return NodeResult.of({"x": "a\x00b"})
        if params.how == "surrogate":
            return NodeResult.of({"x": "\ud800"})
        if params.how == "object":
            return NodeResult.of({"x": object()})
        if params.how == "huge":
            return NodeResult.of({"x": "a" * (65 * 2**20)})
        if params.how == "large":
            return NodeResult.of({"x": "b" * 400_000, "small": 1})
        if params.how == "grow":
            return NodeResult.of({"x": "g" * (30 * 2**20)})
        if params.how == "wrong":
            return {"x": 1}  # type: ignore[return-value]
        return NodeResult.of({**item["json"], "done": params.how})


class Effect(Behave):
    kind = "effect"
    effect = "write"


class Keeps(NodeType[NoParams]):
    """Counts in its state how often it was run on an item."""

    kind = "keeps"
    effect: ClassVar[Effect_] = "write"
    Params = NoParams
    look = LOOK

    async def run(self, params: NoParams, item: Item, ctx: NodeContext) -> NodeResult:
        await ctx.state.change(lambda before: {"runs": (before or {"runs": 0})["runs"] + 1})
        return NodeResult.of({"kept": True})  # which of several items comes first is nobody's matter


CATALOGUE = catalogue_of([*BUILTIN, Behave, Effect, Steps, Keeps, *HELPING])


def load(definition_hash: str, entry: str, owner_id: UUID) -> Any:
    body = from_body(Definition.objects.get(pk=definition_hash).body)
    return GraphProgram(compile_definition(body, CATALOGUE, entry=entry)[0])


def engine_thread(**fields: Any) -> EngineThread:
    """Return an engine that knows the nodes of here; `fields` are those of its `EngineConfig`."""
    known: dict[str, Any] = {"load": load, "cached": lambda definition_hash, entry: None, "catalogue": CATALOGUE}
    return EngineThread(lambda: replace(default_config(), **{**known, **fields}))


def queue(document: dict[str, Any], value: Any = None, owner: UUID | None = None, **fields: Any) -> UUID:
    definition = read(document)
    compiled, _ = compile_definition(definition, CATALOGUE)
    hashes = executions.store_definition(definition)
    known: dict[str, Any] = {
        "owner_id": owner or uuid4(), "workflow_id": None, "workflow_name": "Test", "definition_hash": hashes[0],
        "layout_hash": hashes[1], "trigger_node_id": compiled.plan.entry, "input": {} if value is None else value,
        "total": compiled.plan.total,
    }  # fmt: skip
    run = NewRun(**{**known, **fields})
    return executions.start(run=run, now=timezone.now()).execution_id


def finished(execution_id: UUID, limit_s: float = 60) -> Any:
    return until(execution_id, {"completed", "failed", "cancelled", "timeout"}, limit_s)


def until(execution_id: UUID, wanted: set[str], limit_s: float = 60) -> Any:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        execution = execution_by_id(execution_id)
        if execution.state.status in wanted:
            return execution
        time.sleep(0.01)
    raise AssertionError(f"{execution_id} is {execution.state.status}, not {wanted}")


def eventually(holds: Callable[[], Any], limit_s: float = 60) -> Any:
    """Wait until something holds; returns what it gave."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came to hold")


def run(engine: EngineThread, document: dict[str, Any], value: Any = None, **fields: Any) -> Any:
    execution_id = queue(document, value, **fields)
    engine.ring(str(execution_id))
    return finished(execution_id)


def statuses(execution: Execution) -> dict[str, str]:
    return dict(NodeRun.objects.filter(execution_id=execution.pk).values_list("node_id", "status"))


def behave(node_id: str, how: str, kind: str = "behave", **data: Any) -> dict[str, Any]:
    times = data.pop("times", 0)
    return node(node_id, kind, {"how": how, "times": times}, **data)


def check_events(execution: Execution) -> list[str]:
    """Assert that events are gap-free and end once; return their types."""
    rows = [(event.seq, event.type) for event in stored_events(execution.pk, 0, 10_000)]
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    assert execution.state.last_seq == len(rows)
    types = [kind for _, kind in rows]
    assert sum(kind in ("execution.completed", "execution.failed", "execution.cancelled") for kind in types) == 1
    assert types[-1] in ("execution.completed", "execution.failed", "execution.cancelled")
    return types

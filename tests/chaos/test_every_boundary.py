"""A crash at every boundary of a reference run: before and after each statement that the engine sends.

The engine that crashes never gets to say another word; a new one takes over. Whatever the boundary: the same result, the
same effects by the same keys, nothing that is in the journal again, events without a gap. `make test` tries one boundary
of each kind, `make chaos` every one.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from compiler.compiler import compile_definition
from compiler.definition import read
from core.datastore import operations, state
from core.datastore.models import DataTable, NodeState
from core.models import ProcessHeartbeat, User
from core.outbox.worker import Room
from executor.database.statements import Control
from executor.domain.claimed import SubWorkflow
from executor.domain.new_run import NewRun
from executor.domain.records import Batch
from executor.journal.journal import Journal
from executor.models import Execution, NodeJob, NodeRun, RunState
from executor.process.engine import Engine
from executor.process.worker import default_config
from executor.queue import recovery
from executor.selectors import execution_by_id, is_final, stored_events
from executor.verbs import executions, verbs
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.datastore import keeping
from tests.integration.datastore.keeping import make_table, table_node
from tests.integration.executor.modules import sql_modules
from tests.integration.executor.running import CATALOGUE, SEEN, behave, check_events, load
from tests.integration.executor.stepping import MADE
from tests.thoroughness import sample

pytestmark = pytest.mark.django_db(transaction=True)
CHILD = "00000000-0000-0000-0000-00000000000c"
ITEMS = [{"n": 1}, {"n": 2}]


class Crash(BaseException):
    """The process is gone: nobody catches this, and nothing is done about it."""


Place = tuple[str, int]  # a kind of boundary, and which of this kind


class Position:
    """Counts boundaries by their kind, and crashes at one of them."""

    def __init__(self, crash_at: Place | None) -> None:
        self.crash_at = crash_at
        self.counts: Counter[str] = Counter()
        self.is_dead = False
        self.crashed = asyncio.Event()

    def boundary(self, kind: str) -> None:
        if self.is_dead:
            raise Crash
        self.counts[kind] += 1
        if (kind, self.counts[kind]) == self.crash_at:
            self.is_dead = True
            self.crashed.set()
            raise Crash

    @property
    def places(self) -> list[Place]:
        """Every boundary it came to."""
        return [(kind, at) for kind, count in sorted(self.counts.items()) for at in range(1, count + 1)]


def kind_of(batches: Sequence[Batch]) -> str:
    """Return what a commit is about: the events it tells of."""
    return " ".join(sorted({event.type for batch in batches for event in batch.events}))


def name_of(statement: str) -> str:
    """Return a statement's own name in its module, as the engine knows it."""
    found = [name for module in sql_modules() for name, text in vars(module).items() if text is statement]
    return found[0] if found else statement


class CrashingJournal(Journal):
    position: Position

    async def _execute(self, batches: Any) -> Any:
        about = kind_of(batches)
        self.position.boundary(f"before the commit of {about}")
        found = await super()._execute(batches)
        self.position.boundary(f"after the commit of {about}")
        return found


class CrashingControl(Control):
    position: Position

    async def query(self, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        quiet = "UPDATE" not in statement or "core_processheartbeat" in statement
        if not quiet:
            self.position.boundary(f"before {name_of(statement)}")
        found = await super().query(statement, parameters)
        if not quiet and found:
            self.position.boundary(f"after {name_of(statement)}")
        return found


ALONE: dict[str, Any] = {"is_alone": True, "runs_at_once": 1, "nodes_at_once": 1}


class CrashingEngine(Engine):
    def __init__(self, position: Position, **fields: Any) -> None:
        known: dict[str, Any] = {"load": load, "cached": lambda definition_hash, entry: None, "catalogue": CATALOGUE}
        super().__init__(replace(default_config(), **known, **fields))
        self.position = position
        self.journal.__class__ = CrashingJournal
        self.journal.position = position  # type: ignore[attr-defined]
        self.control.__class__ = CrashingControl
        self.control.position = position  # type: ignore[attr-defined]
        in_database = self.services.in_database

        async def crashing(work: Any, *arguments: Any, **keywords: Any) -> Any:
            """Crash before and after a change to a table or a state."""
            changes = work in (operations.run, state.write)
            if changes:
                position.boundary(f"before {work.__module__}")
            found = await in_database(work, *arguments, **keywords)
            if changes:
                position.boundary(f"after {work.__module__}")
            return found

        self.services.in_database = crashing


def reference(how: str = "together") -> dict[str, Any]:
    """Return fifteen nodes: effects, a loop with a branch in it, a timer, a signal and a sub-workflow side by side, steps,
    a data table and a state."""
    even = [{"left": "{{ $json.n % 2 }}", "operator": "equals", "right": 0}]
    return graph(
        [
            behave("before", "pass", "effect"), node("L", "loop"), node("if", "if", {"conditions": even}),
            behave("each", "pass", "effect"), set_node("odd", odd=True), node("join", "merge"),
            node("timer", "wait", {"seconds": 0.05}), node("signal", "wait", {"mode": "signal", "signal": "go"}),
            node("call", "sub_workflow", {"workflow_id": CHILD}), node("all", "merge", {"number_inputs": 3}),
            behave("last", "pass", "effect"), node("agent", "steps", {"how": how}),
            table_node("count", "increment", key="total", column="n", by="{{ $json.n ?? 1 }}"), node("keep", "keeps"),
        ],
        [
            edge("start", "before"), edge("before", "L"), edge("L", "if", "loop"), edge("if", "each", "true"),
            edge("if", "odd", "false"), edge("each", "join", into="input_1"), edge("odd", "join", into="input_2"),
            edge("join", "L"), edge("L", "timer", "done"), edge("L", "signal", "done"), edge("L", "call", "done"),
            edge("timer", "all", into="input_1"), edge("signal", "all", into="input_2"),
            edge("call", "all", "success", "input_3"), edge("all", "agent"), edge("agent", "last"), edge("last", "count"), edge("count", "keep"),
        ],
    )  # fmt: skip


def queue(how: str = "together") -> UUID:
    child = read(chain(behave("below", "pass", "effect")))
    below, _ = compile_definition(child, CATALOGUE)
    child_hashes = executions.store_definition(child)
    definition = read(reference(how))
    compiled, _ = compile_definition(definition, CATALOGUE)
    hashes = executions.store_definition(definition)
    called: SubWorkflow = {
        "workflow_id": CHILD, "workflow_name": "below", "version": None, "definition_hash": child_hashes[0],
        "layout_hash": child_hashes[1], "trigger_node_id": "start", "total": below.plan.total,
    }  # fmt: skip
    owner = User(id=uuid4())
    make_table(owner)
    run = NewRun(
        owner_id=owner.pk, workflow_id=uuid4(), workflow_name="Reference", definition_hash=hashes[0], layout_hash=hashes[1],
        trigger_node_id="start", input=ITEMS, total=compiled.plan.total, sub_workflows={CHILD: called},
    )  # fmt: skip
    execution_id = executions.start(run=run, now=timezone.now()).execution_id
    verbs.signal(execution_id=execution_id, name="go", payload="gone")
    return execution_id


async def work(execution_id: UUID, crash_at: Place | None, limit_s: float = 60, **fields: Any) -> Position:
    """Run an engine until the run has ended or the engine crashed; returns the boundaries it came to."""
    position = Position(crash_at)
    engines = [CrashingEngine(position, **fields)]
    if await sync_to_async(has_suspects)():
        engines.append(CrashingEngine(position, **ALONE, **fields))
    serving = [asyncio.create_task(engine.serve()) for engine in engines]
    engines[0].ring(str(execution_id))
    begin = asyncio.get_running_loop().time()
    helped_at = begin
    while not position.is_dead and not await sync_to_async(is_over)(execution_id):
        now = asyncio.get_running_loop().time()
        assert now < begin + limit_s, await sync_to_async(describe)(execution_id)
        if now > helped_at + 1:
            helped_at = now
            await sync_to_async(help_along)()
        for one in await sync_to_async(alive)(execution_id):  # as the sweeper's messages would
            engines[0].ring(one)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                await position.crashed.wait()
    position.is_dead = True  # nothing of it may be written any more
    for served in serving:
        served.cancel()
    others = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    while others:  # a client library may swallow a cancellation
        for task in others:
            task.cancel()
        _, others = await asyncio.wait(others, timeout=0.2)
    for engine in engines:
        for held in (engine.journal._connection, engine.control._connection, engine._lease_control._connection):
            if held is not None:
                await held.close()
    await sync_to_async(lambda: connection.close())()  # of the thread that asked whether it is over
    return position


def has_suspects() -> bool:
    """Return whether something waits for a process of its own."""
    runs = RunState.objects.filter(status="pending", suspicion__gte=2)
    return runs.exists() or NodeJob.objects.filter(status="pending", suspicion__gte=2).exists()


def help_along() -> None:
    """Do what the sweeper and the outbox do beside the engines."""
    recovery.sweep()
    Room.work_off()


def alive(execution_id: UUID) -> list[str]:
    below = Execution.objects.filter(parent_execution_id=execution_id, state__status="pending")
    return [str(execution_id), *(str(pk) for pk in below.values_list("pk", flat=True))]


def is_over(execution_id: UUID) -> bool:
    return is_final(execution_by_id(execution_id))


def describe(execution_id: UUID) -> str:
    execution = execution_by_id(execution_id)
    rows = NodeRun.objects.filter(execution_id=execution_id).values_list("node_id", "path", "status")
    jobs = NodeJob.objects.filter(execution_id=execution_id).values_list("node_id", "path", "status", "suspicion")
    below = Execution.objects.filter(parent_execution_id=execution_id).values_list("state__status", "is_reported")
    return f"{execution.state.status}, suspicion {execution.state.suspicion}: {list(rows)} {list(jobs)} {list(below)}"


def take_over() -> None:
    """Do what time and the sweeper do about a process that is gone."""
    ProcessHeartbeat.objects.all().delete()
    recovery.sweep()


def in_a_loop(execution_id: UUID, crash_at: Place | None, **fields: Any) -> Position:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work(execution_id, crash_at, **fields))
    finally:
        loop.close()


def run_with_crash(crash_at: Place | None) -> tuple[UUID, Position]:
    SEEN.clear()
    MADE.clear()
    execution_id = queue()
    position = in_a_loop(execution_id, crash_at)
    if crash_at is not None:
        take_over()
        in_a_loop(execution_id, None)
    return execution_id, position


def result_of(execution_id: UUID) -> Any:
    """Return how a run ended and what it gave; its items count one after another, whoever of them is first."""
    execution = execution_by_id(execution_id)
    return execution.state.status, sorted((item["json"] for item in execution.output or []), key=str)


def kept_of(execution_id: UUID) -> Any:
    """Return what the run left in its table and its state."""
    execution = execution_by_id(execution_id)
    table = DataTable.objects.get(owner_id=execution.owner_id)
    states = NodeState.objects.filter(workflow_id=str(execution.workflow_id))
    return {name: row["n"] for name, row in keeping.held(table).items()}, [(row.node_id, row.value) for row in states]


def effects_of(execution_id: UUID) -> Counter[str]:
    """Return how often each effect was begun, by its key; those of the child under its own name."""
    child = Execution.objects.filter(parent_execution_id=execution_id).values_list("pk", flat=True)
    names = {str(execution_id): "parent", **{str(pk): "child" for pk in child}}
    return Counter(f"{names.get(key.partition(':')[0])}:{key.partition(':')[2]}" for _, key in [*SEEN, *MADE])


def check(execution_id: UUID) -> None:
    execution = execution_by_id(execution_id)
    check_events(execution)
    ended = Counter(
        (event.node_id, event.path)
        for event in stored_events(execution_id, 0, 10_000)
        if event.type == "node.completed"
    )
    assert set(ended.values()) == {1}
    assert Execution.objects.filter(parent_execution_id=execution_id).count() == 1


@pytest.mark.timeout(900)
def test_a_crash_at_any_boundary_changes_nothing() -> None:
    undisturbed, position = run_with_crash(None)
    expected, effects, kept = result_of(undisturbed), effects_of(undisturbed), kept_of(undisturbed)
    check(undisturbed)
    assert expected[0] == "completed", execution_by_id(undisturbed).error
    assert kept[1], "a state is kept"
    assert len(position.places) > 20
    tried = sample(position.places, kind=lambda place: place[0])
    crashed = repeated = 0
    for crash_at in tried:
        execution_id, position = run_with_crash(crash_at)
        assert result_of(execution_id) == expected, f"{crash_at}: {describe(execution_id)}"
        assert kept_of(execution_id) == kept, crash_at
        seen = effects_of(execution_id)
        assert seen.keys() == effects.keys(), crash_at
        assert max(seen.values()) <= 2, crash_at
        crashed += position.crashed.is_set()
        repeated += sum(times - 1 for times in seen.values())
        check(execution_id)
    assert crashed > len(tried) * 2 // 3, "a commit may hold other events, and a poll come once less"
    sys.stderr.write(f"{crashed} crashes, {repeated} effects begun again, each with its key\n")

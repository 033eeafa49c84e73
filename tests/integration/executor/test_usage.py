"""What nodes and their steps use is counted once, whatever becomes of them, and adds up by family."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from executor.journal.events import usage_shown
from executor.models import Execution, NodeRun
from executor.process.engine_thread import EngineThread
from executor.selectors import events_after, usage_of_family
from executor.verbs import repair, verbs
from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType, WaitFor
from nodes.builtin import BUILTIN
from nodes.items import Item
from nodes.registry import catalogue_of
from nodes.usage import NOTHING, Usage
from tests.builders import chain, node
from tests.integration.executor import running
from tests.integration.executor.running import eventually, finished, queue, until

pytestmark = pytest.mark.django_db(transaction=True)
CALL = Usage(input_tokens=100, output_tokens=20, cached_tokens=10, cost_usd=Decimal("0.0000007"), counters={"calls": 1})


class SpendParams(NodeParams):
    how: str = "steps"


class Spend(NodeType[SpendParams]):
    """Uses something, in the way that its params say."""

    kind = "spend"
    effect: ClassVar[Effect] = "write"
    Params = SpendParams
    look = Look("Spend", "Only for tests.", "flow")

    async def run(self, params: SpendParams, item: Item, ctx: NodeContext) -> NodeResult:
        tries: list[str] = FAILED.setdefault(params.how, [])

        async def call(key: str) -> str:
            ctx.spend(CALL)
            if params.how == "step fails once" and not tries:
                tries.append(key)
                raise NodeFailed("no_luck", "not yet", retryable=True)
            return key

        if params.how == "node fails once":
            ctx.spend(CALL)
            if not tries:
                tries.append("once")
                raise NodeFailed("no_luck", "not yet", retryable=True)
        elif params.how == "elsewhere":
            ctx.spend(CALL)
        else:
            await ctx.step("first", call, kind="model")
            if params.how == "waits":
                await ctx.ask("word", WaitFor("signal", signal="go"))
            await ctx.side_by_side([lambda: ctx.step("left", call), lambda: ctx.step("right", call)])
        return NodeResult({"main": [{"json": {}}]}, usage=Usage(reasoning_tokens=5))


FAILED: dict[str, list[str]] = {}
CATALOGUE = catalogue_of((*BUILTIN, Spend))
OWN = Usage(reasoning_tokens=5)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineThread]:
    FAILED.clear()
    monkeypatch.setattr(running, "CATALOGUE", CATALOGUE)
    made = start()
    yield made
    stop(made)


def start() -> EngineThread:
    made = running.engine_thread(catalogue=CATALOGUE, queues=("apart",))
    made.start()
    return made


def stop(engine: EngineThread) -> None:
    engine.stop(0.1)
    engine.join(10)


def spending(how: str, **settings: Any) -> dict[str, Any]:
    return chain(node("s", "spend", {"how": how}, settings=settings))


def used(execution_id: UUID) -> tuple[Usage, dict[str, Usage]]:
    """Return what a run has used, and its node runs by path."""
    rows = NodeRun.objects.filter(execution_id=execution_id, node_id="s")
    return Usage.of_row(Execution.objects.get(pk=execution_id)), {row.path: Usage.of_row(row) for row in rows}


def total(*parts: Usage) -> Usage:
    return sum(parts, NOTHING)


def without_counters(usage: Usage) -> Usage:
    return Usage(
        usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.reasoning_tokens, usage.cost_usd
    )  # fmt: skip


def check(execution_id: UUID, calls: int, steps: dict[str, int]) -> None:
    of_run, rows = used(execution_id)
    whole = total(*[CALL] * calls, OWN)
    assert of_run == without_counters(whole), "a run keeps no counters"
    assert rows.pop("") == whole
    assert {path: usage for path, usage in rows.items() if usage} == {
        f"s@0.{name}": total(*[CALL] * count) for name, count in steps.items()
    }


def test_a_node_has_what_it_and_its_steps_used_and_the_run_their_sum(engine: EngineThread) -> None:
    execution = running.run(engine, spending("steps"))

    check(execution.pk, 3, {"first": 1, "left": 1, "right": 1})
    last = events_after(execution, 0, 1000)[-1]
    assert last.type == "execution.completed"
    shown = usage_shown(used(execution.pk)[0])
    assert shown == {
        "tokens": {"input": 300, "output": 60, "cached": 30, "reasoning": 5}, "cost_usd": "0.000002",
    }  # fmt: skip
    assert {name: last.data[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("how", "calls", "steps"),
    [("node fails once", 2, {}), ("step fails once", 4, {"first": 2, "left": 1, "right": 1})],
)
def test_attempts_that_fail_have_used_what_they_used(
    engine: EngineThread, how: str, calls: int, steps: dict[str, int]
) -> None:
    execution = running.run(engine, spending(how, retry={"max_attempts": 2, "delay_s": 0.01}))
    assert execution.state.status == "completed", execution.error
    check(execution.pk, calls, steps)


def test_what_was_used_before_a_wait_is_kept_by_the_process_that_goes_on(engine: EngineThread) -> None:
    execution_id = queue(spending("waits"))
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})
    assert used(execution_id)[0] == without_counters(CALL), "it is told as soon as it is stored"
    stop(engine)
    other = start()
    try:
        verbs.signal(execution_id=execution_id, name="go", payload=None)
        other.ring(str(execution_id))
        execution = finished(execution_id)
    finally:
        stop(other)
    check(execution_id, 3, {"first": 1, "left": 1, "right": 1})
    assert events_after(execution, 0, 1000)[-1].data["tokens"]["input"] == 300


def test_what_a_node_on_another_queue_used_comes_back_with_its_result(engine: EngineThread) -> None:
    execution = running.run(engine, spending("elsewhere", queue="apart"))
    assert execution.state.status == "completed", execution.error
    check(execution.pk, 1, {})


def test_what_a_stopped_run_has_used_is_counted(engine: EngineThread) -> None:
    execution_id = queue(spending("waits"))
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})
    verbs.stop(execution_id=execution_id, by=uuid4(), reason="enough", now=timezone.now())
    assert finished(execution_id).state.status == "cancelled"
    assert used(execution_id)[0] == without_counters(CALL)


def test_a_family_s_use_is_one_sum_and_what_is_taken_over_is_not_used_again(engine: EngineThread) -> None:
    first = running.run(engine, spending("steps"))
    assert first.root_execution_id == first.pk
    again = queue(spending("steps"), owner=first.owner_id, retry_of_id=first.pk, root_execution_id=first.pk)
    repair.copy_rows(source=first.pk, target=again, keys=[("s", ""), ("s", "s@0.first")])
    engine.ring(str(again))
    finished(again)
    assert used(again)[0] == NOTHING

    other = running.run(engine, spending("elsewhere"), owner=first.owner_id, root_execution_id=first.pk)
    assert used(other.pk)[0] == without_counters(total(CALL, OWN))
    assert usage_of_family(first.pk) == without_counters(total(*[CALL] * 4, OWN, OWN))


def test_the_sum_of_a_family_is_read_by_an_index(engine: EngineThread) -> None:
    first = running.run(engine, spending("elsewhere"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT sum(cost_usd) FROM executor_execution WHERE root_execution_id = '{first.pk}'")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "execution_root" in plan
    assert eventually(lambda: usage_of_family(first.pk))

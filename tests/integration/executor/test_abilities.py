"""What nodes may use of the world is asked for by name, and provided by the installation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from executor.process.engine_thread import EngineThread
from nodes.abilities import Ability
from nodes.base import Effect, Look, NodeContext, NodeResult, NodeType, NoParams
from nodes.builtin import BUILTIN
from nodes.items import Item
from nodes.registry import catalogue_of
from tests.builders import chain, node
from tests.integration.executor import running
from tests.integration.executor.counting import CLOSED, COUNTING, MADE

pytestmark = pytest.mark.django_db(transaction=True)
NAMED = {"counting": "tests.integration.executor.counting.provider", "broken": "tests.no_such_module.provider"}


class Count(NodeType[NoParams]):
    """Counts its items for their owner."""

    kind = "count"
    effect: ClassVar[Effect] = "read"
    Params = NoParams
    look = Look("Count", "Only for tests.", "flow")

    async def run(self, params: NoParams, item: Item, ctx: NodeContext) -> NodeResult:
        given = await ctx.ability(COUNTING)
        run_id = given.caller.execution_id
        return NodeResult.of({"n": given.next(), "run": run_id, "slots": dict(given.caller.slots)})


class Lack(NodeType[NoParams]):
    """Asks for what is not there."""

    kind = "lack"
    effect: ClassVar[Effect] = "read"
    Params = NoParams
    look = Look("Lack", "Only for tests.", "flow")

    async def run(self, params: NoParams, item: Item, ctx: NodeContext) -> NodeResult:
        await ctx.ability(Ability[Any](item["json"]["name"]))
        return NodeResult.of({})


CATALOGUE = catalogue_of((*BUILTIN, Count, Lack))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineThread]:
    MADE.clear()
    CLOSED.clear()
    monkeypatch.setattr(running, "CATALOGUE", CATALOGUE)
    made = running.engine_thread(catalogue=CATALOGUE, abilities=NAMED, queues=("apart",))
    made.start()
    yield made
    made.stop(0.1)
    made.join(10)


def numbers(execution: Any) -> list[int]:
    assert execution.state.status == "completed", execution.error
    return [item["json"]["n"] for item in execution.output]


def test_an_ability_is_made_once_off_the_loop_and_bound_to_who_asks(engine: EngineThread) -> None:
    assert MADE == []
    one, other = uuid4(), uuid4()
    first = running.run(engine, chain(node("c", "count")), [{}, {}], owner=one)
    second = running.run(engine, chain(node("c", "count")), [{}], owner=other)
    third = running.run(engine, chain(node("c", "count")), [{}], owner=one)

    assert [numbers(first), numbers(second), numbers(third)] == [[1, 2], [1], [3]]
    assert first.output[0]["json"]["run"] == str(first.pk)
    assert len(MADE) == 1
    assert MADE[0] != "engine", "an import of seconds would hold the loop of all runs"
    engine.stop(0.1)
    engine.join(10)
    assert [{one: 3, other: 1}] == CLOSED


def test_a_node_on_another_queue_is_given_the_same(engine: EngineThread) -> None:
    execution = running.run(engine, chain(node("c", "count", settings={"queue": "apart"})), [{}])
    assert numbers(execution) == [1]
    assert execution.output[0]["json"]["run"] == str(execution.pk)


@pytest.mark.parametrize(
    ("name", "says"), [("models", "provides no 'models'"), ("broken", "not installed: No module named 'tests.no_such")]
)
def test_what_is_not_provided_is_said_by_name(engine: EngineThread, name: str, says: str) -> None:
    execution = running.run(engine, chain(node("l", "lack")), {"name": name})
    assert execution.error["code"] == "ability_missing"
    assert says in execution.error["message"]

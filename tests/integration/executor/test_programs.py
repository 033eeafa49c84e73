"""The engine runs programs that are no graphs: with the same journal, waits, commands and events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from executor.domain.new_run import NewRun
from executor.models import Definition, Layout, NodeRun
from executor.process.engine_thread import EngineThread
from executor.steps.steps import Steps
from executor.verbs import executions, verbs
from nodes.base import CancelRun, NodeFailed, WaitFor
from tests.integration.executor.running import check_events, engine_thread, eventually, finished, until
from tests.integration.executor.scripting import Script

pytestmark = pytest.mark.django_db(transaction=True)
MADE: list[str] = []


async def order(steps: Steps, given: Any) -> Any:
    """Take a step, wait for a word, take two steps side by side."""

    async def made(name: str, key: str) -> str:
        MADE.append(name)
        return f"{name} of {given['n']}"

    async def step(name: str) -> str:
        value: str = await steps.step(name, lambda key: made(name, key), kind="custom", effect="write")
        return value

    first = await step("pay")
    if given.get("fails"):
        raise NodeFailed("no_luck", "it did not work")
    if given.get("cancels"):
        raise CancelRun("enough")
    if given.get("breaks"):
        raise ZeroDivisionError("a fault of the program")
    word = await steps.ask("word", WaitFor("signal", signal="go"))
    both = await steps.side_by_side([lambda: step("pack"), lambda: step("tell")])
    return [first, word.get("payload"), *both]


@pytest.fixture
def engine() -> Iterator[EngineThread]:
    MADE.clear()
    made = start()
    yield made
    made.stop(0.1)
    made.join(10)


def start() -> EngineThread:
    made = engine_thread(load=lambda definition_hash, entry, owner: Script(order))
    made.start()
    return made


def queue(value: dict[str, Any]) -> UUID:
    """Queue a run of the script."""
    Definition.objects.get_or_create(hash="5" * 64, defaults={"body": {"script": "order"}})
    Layout.objects.get_or_create(hash="6" * 64, defaults={"body": {}})
    run = NewRun(
        owner_id=uuid4(), workflow_id=None, workflow_name="Order", definition_hash="5" * 64, layout_hash="6" * 64,
        trigger_node_id="main", input=value, total=1,
    )  # fmt: skip
    return executions.start(run=run, now=timezone.now()).execution_id


def waiting(engine: EngineThread) -> UUID:
    execution_id = queue({"n": 1})
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})
    return execution_id


def tell(engine: EngineThread, execution_id: UUID) -> Any:
    verbs.signal(execution_id=execution_id, name="go", payload="now")
    engine.ring(str(execution_id))
    return finished(execution_id)


def test_a_program_waits_without_a_worker_and_goes_on_without_repeating_a_step(engine: EngineThread) -> None:
    execution_id = waiting(engine)
    assert MADE == ["pay"]

    execution = tell(engine, execution_id)

    assert execution.state.status == "completed", execution.error
    assert execution.output == [{"json": {"value": ["pay of 1", "now", "pack of 1", "tell of 1"]}}]
    assert (MADE[0], sorted(MADE[1:])) == ("pay", ["pack", "tell"])
    found = dict(NodeRun.objects.filter(execution_id=execution_id).values_list("path", "status"))
    assert found == {
        "": "completed", "main@0.pay": "completed", "main@0.word": "completed", "main@0.pack": "completed",
        "main@0.tell": "completed",
    }  # fmt: skip
    check_events(execution)


def test_another_process_goes_on_where_the_first_was_ended(engine: EngineThread) -> None:
    execution_id = waiting(engine)
    engine.stop(0.1)
    engine.join(10)
    other = start()
    try:
        execution = tell(other, execution_id)
    finally:
        other.stop(0.1)
        other.join(10)
    assert execution.state.status == "completed", execution.error
    assert sorted(MADE) == ["pack", "pay", "tell"]
    check_events(execution)


def test_a_program_that_waits_can_be_stopped(engine: EngineThread) -> None:
    execution_id = waiting(engine)
    verbs.stop(execution_id=execution_id, by=uuid4(), reason="enough", now=timezone.now())
    execution = finished(execution_id)
    assert (execution.state.status, MADE) == ("cancelled", ["pay"])
    check_events(execution)


def test_a_program_is_paused_before_its_next_step(engine: EngineThread) -> None:
    execution_id = waiting(engine)
    verbs.pause(execution_id=execution_id, by=uuid4())
    verbs.signal(execution_id=execution_id, name="go", payload="now")
    engine.ring(str(execution_id))
    until(execution_id, {"paused"})
    assert MADE == ["pay"]
    verbs.resume(execution_id=execution_id)
    engine.ring(str(execution_id))
    assert finished(execution_id).state.status == "completed"


@pytest.mark.parametrize(("how", "status", "code"), [("fails", "failed", "no_luck"), ("cancels", "cancelled", None)])
def test_what_a_program_raises_ends_its_run_as_a_node_s_does(
    engine: EngineThread, how: str, status: str, code: str | None
) -> None:
    execution_id = queue({"n": 1, how: True})
    engine.ring(str(execution_id))
    execution = finished(execution_id)
    assert (execution.state.status, (execution.error or {}).get("code")) == (status, code)
    check_events(execution)


def test_a_fault_of_a_program_is_tried_again_and_never_a_step_of_it(engine: EngineThread) -> None:
    execution_id = queue({"n": 1, "breaks": True})
    engine.ring(str(execution_id))
    eventually(lambda: NodeRun.objects.filter(execution_id=execution_id, path="", attempt__gt=1).exists())
    assert MADE == ["pay"]

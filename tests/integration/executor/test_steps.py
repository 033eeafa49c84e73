"""Steps in a node: what has finished is never done again, whatever happens to its node, its run or its worker."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from compiler.compiler import compile_definition
from compiler.definition import read
from core.models import User
from executor.models import NodeRun, Wait
from executor.process.engine_thread import EngineThread
from executor.run.restoring import needed
from executor.selectors import execution_by_id
from executor.verbs import repair, verbs
from tests.builders import chain, edge, graph, node
from tests.integration.executor.running import (
    CATALOGUE,
    GATE,
    behave,
    check_events,
    eventually,
    finished,
    queue,
    run,
    until,
)
from tests.integration.executor.stepping import MADE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_made() -> None:
    MADE.clear()


def stepping(how: str, **data: Any) -> dict[str, Any]:
    params = {"how": how, "seconds": data.pop("seconds", 0.05)}
    return node("agent", "steps", params, **data)


def names() -> list[str]:
    return [name for name, _ in MADE]


def rows(execution: Any) -> dict[str, tuple[str, str, int]]:
    found = NodeRun.objects.filter(execution_id=execution.pk, path__contains="@")
    return {row.path: (row.status, row.kind, row.attempt) for row in found}


def test_each_step_has_a_row_under_its_node_and_a_key_of_its_own(engine: EngineThread) -> None:
    execution = run(engine, chain(stepping("chain")), {"n": 1})

    assert execution.output[0]["json"] == {"n": 1, "first": 1, "between": "m", "last": 2}
    assert rows(execution) == {
        "agent@0.first": ("completed", "step.model", 1),
        "agent@0.middle": ("completed", "step.custom", 1),
        "agent@0.last": ("completed", "step.custom", 1),
    }
    assert dict(MADE)["first"] == f"{execution.pk}:agent:agent@0.first"
    stored = NodeRun.objects.get(execution_id=execution.pk, path="agent@0.first")
    assert stored.outputs == {"main": [{"json": {"input": {"prompt": "p"}, "value": 1}}]}
    check_events(execution)


def test_a_node_that_is_tried_again_does_not_repeat_its_steps(engine: EngineThread) -> None:
    settings = {"retry": {"max_attempts": 2, "delay_s": 0.01}}
    execution = run(engine, chain(stepping("flaky", settings=settings)))

    assert execution.state.status == "completed", execution.error
    assert names() == ["first", "flaky", "flaky", "last"]
    assert rows(execution)["agent@0.flaky"] == ("completed", "step.custom", 2)
    assert len({key for name, key in MADE if name == "flaky"}) == 1, "the same key each time"


@pytest.mark.parametrize("node_id", ["a/b", "x@0.y", "L:0", "n" * 64, "\U0001f600" * 64])
def test_steps_are_found_again_whatever_the_id_of_their_node_holds(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch, node_id: str
) -> None:
    monkeypatch.setattr("executor.waits.turns.IN_MEMORY_S", 0)
    execution_id = queue(chain(node(node_id, "steps", {"how": "timer", "seconds": 0.4})))
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})

    assert finished(execution_id).state.status == "completed"
    assert names() == ["first", "last"]


@pytest.mark.parametrize("how", ["timer", "signal"])
def test_a_step_that_waits_gives_the_worker_back_and_repeats_nothing(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("executor.waits.turns.IN_MEMORY_S", 0)
    execution_id = queue(chain(stepping(how, seconds=0.6)))
    engine.ring(str(execution_id))
    waiting = until(execution_id, {"waiting"})
    assert waiting.state.worker_id is None
    assert NodeRun.objects.get(execution_id=execution_id, node_id="agent", path="").status == "waiting"
    if how == "signal":
        verbs.signal(execution_id=execution_id, name="go", payload="gone")
        engine.ring(str(execution_id))

    execution = finished(execution_id)

    assert execution.state.status == "completed", execution.error
    assert names() == ["first", "last"]
    assert NodeRun.objects.get(execution_id=execution_id, node_id="agent", path="").attempt == 1
    check_events(execution)


def test_of_steps_side_by_side_one_that_waits_holds_the_run_until_the_others_have_ended(engine: EngineThread) -> None:
    execution_id = queue(chain(stepping("side by side", seconds=0.5)))
    engine.ring(str(execution_id))

    until(execution_id, {"waiting"})

    assert sorted(names()) == ["first", "t0", "t2"], "nobody was suspended under way"
    verbs.signal(execution_id=execution_id, name="go", payload="gone")
    engine.ring(str(execution_id))
    execution = finished(execution_id)
    assert execution.output[0]["json"]["between"] == ["t0", "gone", "t2"]
    assert sorted(names()) == ["first", "last", "t0", "t2"]
    check_events(execution)


def test_the_first_of_several_that_fails_ends_the_others(engine: EngineThread) -> None:
    execution = run(engine, chain(stepping("fails")))

    assert (execution.state.status, execution.error["code"]) == ("failed", "no_luck")
    found = {path.rpartition(".")[2]: status for path, (status, _, _) in rows(execution).items()}
    assert found == {"first": "completed", "bad": "failed", "long": "cancelled", "word": "cancelled"}


def test_one_that_fails_beside_one_that_waits_fails_its_node_and_suspends_nothing(engine: EngineThread) -> None:
    settings = {"retry": {"max_attempts": 2, "delay_s": 0.01}}
    execution = run(engine, chain(stepping("fails beside a wait", settings=settings)))

    assert (execution.state.status, execution.error["code"]) == ("failed", "no_luck")
    assert Wait.objects.filter(execution_id=execution.pk).count() == 1, "the second attempt asks for the same word"


def test_of_items_side_by_side_one_that_waits_suspends_none_of_the_others(engine: EngineThread) -> None:
    document = chain(stepping("asks then works", seconds=0.6))
    execution_id = queue(document, [{"n": "#wait"}, {"n": 1}, {"n": 2}])
    engine.ring(str(execution_id))

    until(execution_id, {"waiting"})

    assert names().count("slow") == 2, "the others came to their ends first"
    verbs.signal(execution_id=execution_id, name="go", payload="gone")
    engine.ring(str(execution_id))
    execution = finished(execution_id)
    assert execution.state.status == "completed", execution.error
    assert (names().count("first"), names().count("slow")) == (3, 3)


def test_a_node_that_changes_what_a_step_gave_finds_it_unchanged_when_it_is_tried_again(engine: EngineThread) -> None:
    settings = {"retry": {"max_attempts": 3, "delay_s": 0.01}}
    execution = run(engine, chain(stepping("changes", settings=settings)))

    assert execution.output[0]["json"]["between"] == [1, 2]


def test_a_node_whose_time_is_over_leaves_no_step_at_work(engine: EngineThread) -> None:
    execution = run(engine, chain(stepping("hang", settings={"timeout_s": 1})))

    assert (execution.state.status, execution.error["code"]) == ("failed", "node_timeout")
    assert rows(execution)["agent@0.hang"][0] == "cancelled"


def test_a_stopped_run_leaves_no_step_at_work(engine: EngineThread) -> None:
    execution_id = queue(chain(stepping("hang")))
    engine.ring(str(execution_id))
    eventually(lambda: "hang" in names())

    verbs.stop(execution_id=execution_id, by=uuid4(), reason="enough", now=execution_by_id(execution_id).created_at)
    engine.ring(str(execution_id))

    execution = finished(execution_id)
    assert execution.state.status == "cancelled"
    assert rows(execution)["agent@0.hang"][0] == "cancelled"


def test_a_run_that_pauses_begins_no_further_step(engine: EngineThread) -> None:
    execution_id = queue(chain(stepping("side by side", seconds=0.6)))
    engine.ring(str(execution_id))
    eventually(lambda: "first" in names())
    verbs.signal(execution_id=execution_id, name="go", payload="gone")
    verbs.pause(execution_id=execution_id, by=uuid4())
    engine.ring(str(execution_id))

    until(execution_id, {"paused"})

    assert "last" not in names()
    verbs.resume(execution_id=execution_id)
    engine.ring(str(execution_id))
    assert finished(execution_id).state.status == "completed"
    assert sorted(names()) == ["first", "last", "t0", "t2"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("surrogate", "invalid_output"),
        ("huge", "invalid_output"),
        ("misnamed", "node_failed"),
        ("twice", "node_failed"),
    ],
)
def test_what_no_step_can_be_fails_its_node_alone(engine: EngineThread, how: str, code: str) -> None:
    execution = run(engine, chain(stepping(how)))

    assert (execution.state.status, execution.error["code"]) == ("failed", code)
    assert run(engine, chain(stepping("chain"))).state.status == "completed"


def test_items_side_by_side_and_rounds_of_loops_have_steps_of_their_own(engine: EngineThread) -> None:
    document = graph(
        [node("L", "loop"), stepping("chain")], [edge("start", "L"), edge("L", "agent", "loop"), edge("agent", "L")]
    )
    execution = run(engine, document, [{"n": 1}, {"n": 2}])
    assert execution.state.status == "completed", execution.error
    assert {"L:0/agent@0.first", "L:1/agent@0.first"} <= rows(execution).keys()

    MADE.clear()
    execution = run(engine, chain(stepping("chain")), [{"n": at} for at in range(12)])
    assert execution.state.status == "completed", execution.error
    assert {f"agent@{at}.last" for at in range(12)} <= rows(execution).keys()
    assert len(set(MADE)) == 36


def test_a_repaired_run_takes_over_what_the_failed_node_finished_of_itself(engine: EngineThread) -> None:
    document = chain(stepping("fails"))
    failed = run(engine, document)
    plan = compile_definition(read(document), CATALOGUE)[0].plan
    rows_before = repair.rows_of(failed.pk, plan)

    kept = repair.Repair(plan, rows_before, None, keeps_steps=True).decide()
    again = queue(document, retry_of_id=failed.pk)
    repair.copy_rows(source=failed.pk, target=again, keys=kept)
    MADE.clear()
    engine.ring(str(again))
    finished(again)

    assert ("agent", "agent@0.first") in kept
    assert "agent@0.bad" not in {path for _, path in kept}
    assert "first" not in names()
    assert not any("@" in path for _, path in repair.Repair(plan, rows_before, None).decide()), "of another version"
    chosen = repair.Repair(plan, rows_before, ("agent", ""), keeps_steps=True).decide()
    assert not any("@" in path for _, path in chosen), "somebody wants the node to run again"


def test_what_is_taken_up_again_leaves_out_steps_of_nodes_that_are_over(engine: EngineThread) -> None:
    document = chain(stepping("chain"), node("w", "wait", {"mode": "signal", "signal": "go"}))
    execution_id = queue(document)
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})
    columns = ("node_id", "path", "status", "kind")
    stored: list[dict[str, Any]] = [
        {**row} for row in NodeRun.objects.filter(execution_id=execution_id).values(*columns)
    ]

    assert {row["path"] for row in needed(stored)} == {""}
    assert len(stored) == 6


def test_steps_are_listed_under_their_node_run_and_nowhere_else(
    engine: EngineThread, api: APIClient, user: User
) -> None:
    execution = run(engine, chain(stepping("chain")), {"n": 1}, owner=user.pk)
    detail = api.get(f"/api/orchestrator/executions/{execution.pk}/").json()
    (agent,) = [row for row in detail["node_runs"] if row["node_id"] == "agent"]

    page = api.get(f"/api/orchestrator/executions/{execution.pk}/node-runs/{agent['id']}/steps/").json()

    assert [row["node_id"] for row in detail["node_runs"]] == ["start", "agent"]
    assert detail["progress"] == {"done": 2, "total": 2}
    assert [(row["key"], row["kind"], row["name"], row["status"]) for row in page["results"]] == [
        ("0.first", "model", "first", "completed"),
        ("0.middle", "custom", "middle", "completed"),
        ("0.last", "custom", "last", "completed"),
    ]
    assert (page["results"][0]["input"], page["results"][0]["output"]) == ({"prompt": "p"}, 1)
    assert page["results"][0]["truncated"] is False
    start = detail["node_runs"][0]["id"]
    assert api.get(f"/api/orchestrator/executions/{execution.pk}/node-runs/{start}/steps/").json()["results"] == []
    other = run(engine, chain(stepping("chain")))
    assert api.get(f"/api/orchestrator/executions/{other.pk}/node-runs/{agent['id']}/steps/").status_code == 404


def test_a_step_that_waits_takes_none_of_its_node_s_time(engine: EngineThread) -> None:
    GATE.clear()
    nodes = [stepping("signal", settings={"timeout_s": 1}), behave("held", "gate")]
    execution_id = queue(graph(nodes, [edge("start", "agent"), edge("start", "held")]))
    engine.ring(str(execution_id))
    eventually(lambda: rows_of_wait(execution_id))
    time.sleep(1.5)  # another node holds the run in its process meanwhile
    verbs.signal(execution_id=execution_id, name="go", payload="gone")
    engine.ring(str(execution_id))
    eventually(lambda: "last" in names())
    GATE.set()

    execution = finished(execution_id)
    assert execution.state.status == "completed", execution.error


def rows_of_wait(execution_id: Any) -> bool:
    return Wait.objects.filter(execution_id=execution_id).exists()

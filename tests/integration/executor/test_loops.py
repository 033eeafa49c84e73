"""Loops on a real database: rounds in order, bodies with branches and joins, nesting, failures, resuming."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from executor.selectors import node_runs_of
from executor.summaries import summaries_of
from orchestrator.executions.recorded_inputs import Recorded
from tests.builders import edge, graph, node, set_node
from tests.integration.executor.running import GATE, SEEN, behave, check_events, engine_thread, queue, run, until
from tests.integration.executor.running import finished as ended

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = [{"n": number} for number in range(4)]


def loop(*body: dict[str, Any], behind: tuple[dict[str, Any], ...] = (), kind: str = "loop", **params: Any) -> Any:
    """Return start → L, the body as a chain back to L, and a chain behind it."""
    ids = [entry["id"] for entry in body]
    edges = [edge("start", "L")]
    if ids:
        edges += [edge("L", ids[0], "loop"), edge(ids[-1], "L")]
    edges += [edge(one, two) for one, two in zip(ids, ids[1:], strict=False)]
    after = ["L", *(entry["id"] for entry in behind)]
    edges += [edge(one, two, "done" if one == "L" else "main") for one, two in zip(after, after[1:], strict=False)]
    return graph([node("L", kind, params), *body, *behind], edges)


def output(execution: Any) -> list[Any]:
    assert execution.state.status == "completed", execution.error
    return [item["json"] for item in execution.output]


def test_a_loop_runs_its_body_for_each_item_and_hands_on_what_came_back_in_order(engine: EngineThread) -> None:
    document = loop(set_node("a", at="{{ $loop.index }}", of="{{ $loop.count }}", last="{{ $loop.is_last }}"))

    execution = run(engine, document, ITEMS)

    assert output(execution) == [{"n": n, "at": n, "of": 4, "last": n == 3} for n in range(4)]
    assert [item["pairedItem"] for item in execution.output] == [{"item": n} for n in range(4)]
    rows = NodeRun.objects.filter(execution_id=execution.pk, node_id="a").values_list("path", flat=True)
    assert sorted(rows) == ["L:0", "L:1", "L:2", "L:3"]
    check_events(execution)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_rounds_side_by_side_keep_the_order(engine: EngineThread, concurrency: int) -> None:
    execution = run(engine, loop(behave("a", "pass"), set_node("b", x="{{ $json.n }}"), concurrency=concurrency), ITEMS)

    assert [item["x"] for item in output(execution)] == [0, 1, 2, 3]


def test_elements_come_from_a_field_and_are_wrapped_where_they_are_no_objects(engine: EngineThread) -> None:
    document = loop(node("a"), items_field="rows")

    assert output(run(engine, document, {"rows": [7, {"x": 1}]})) == [{"value": 7}, {"x": 1}]
    failed = run(engine, document, {"rows": "none"})
    assert (failed.state.status, failed.error["code"], failed.error["node_id"]) == ("failed", "invalid_input", "L")


def test_a_count_repeats_the_first_item(engine: EngineThread) -> None:
    assert output(run(engine, loop(set_node("a", k="{{ $runIndex }}"), count=3), {"n": 9})) == [
        {"n": 9, "k": 0}, {"n": 9, "k": 1}, {"n": 9, "k": 2},
    ]  # fmt: skip


def test_more_elements_than_allowed_fail_before_the_first_round(engine: EngineThread) -> None:
    execution = run(engine, loop(behave("a", "pass"), max_loop_count=3), ITEMS)

    assert (execution.state.status, execution.error["code"]) == ("failed", "loop_limit")
    assert SEEN == []


def test_batches_hold_what_is_left_in_the_last(engine: EngineThread) -> None:
    document = loop(node("a"), kind="split_in_batches", batch_size=3)
    assert output(run(engine, document, ITEMS)) == [
        {"batch": ITEMS[:3], "batch_index": 0, "total_batches": 2, "is_last_batch": False},
        {"batch": ITEMS[3:], "batch_index": 1, "total_batches": 2, "is_last_batch": True},
    ]
    as_items = loop(set_node("a", at="{{ $loop.index }}"), kind="split_in_batches", batch_size=3, emit="items")
    assert [item["at"] for item in output(run(engine, as_items, ITEMS))] == [0, 0, 0, 1]


def test_a_body_may_branch_and_join(engine: EngineThread) -> None:
    document = graph(
        [node("L", "loop"), node("if", "if", {"conditions": [{"left": "{{ $json.n % 2 }}", "operator": "equals", "right": 0}]}),
         set_node("even", kind="even"), set_node("odd", kind="odd"), node("m", "merge")],
        [edge("start", "L"), edge("L", "if", "loop"), edge("if", "even", "true"), edge("if", "odd", "false"),
         edge("even", "m", into="input_1"), edge("odd", "m", into="input_2"), edge("m", "L")],
    )  # fmt: skip

    assert [item["kind"] for item in output(run(engine, document, ITEMS))] == ["even", "odd", "even", "odd"]


def nested() -> Any:
    return graph(
        [node("L", "loop"), node("M", "loop", {"items_field": "inner"}),
         set_node("b", outer="{{ $('L').item.json.name }}", name="{{ $json.value }}", at="{{ $loop.index }}"), node("z")],
        [edge("start", "L"), edge("L", "M", "loop"), edge("M", "b", "loop"), edge("b", "M"), edge("M", "L", "done"),
         edge("L", "z", "done")],
    )  # fmt: skip


def test_loops_nest(engine: EngineThread) -> None:
    execution = run(engine, nested(), [{"name": "p", "inner": [1, 2]}, {"name": "q", "inner": [3]}])

    assert [(item["outer"], item["name"], item["at"]) for item in output(execution)] == [
        ("p", 1, 0), ("p", 2, 1), ("q", 3, 0),
    ]  # fmt: skip
    paths = set(NodeRun.objects.filter(execution_id=execution.pk, node_id="b").values_list("path", flat=True))
    assert paths == {"L:0/M:0", "L:0/M:1", "L:1/M:0"}


def test_a_node_behind_the_loop_names_the_last_round_of_a_node_in_it(engine: EngineThread) -> None:
    document = loop(set_node("a", at="{{ $loop.index }}"), behind=(set_node("z", last="{{ $('a').first().json.at }}"),))

    assert {item["last"] for item in output(run(engine, document, ITEMS))} == {3}


def test_a_failing_round_fails_the_loop_with_the_inner_code_and_place(engine: EngineThread) -> None:
    execution = run(engine, loop(behave("a", "fail_odd")), ITEMS)

    assert execution.state.status == "failed"
    assert (execution.error["code"], execution.error["node_id"]) == ("no_luck", "L")
    assert execution.error["details"] == {"hint": "none", "node_id": "a", "path": "L:1"}
    rows = dict(NodeRun.objects.filter(execution_id=execution.pk).values_list("path", "status"))
    assert rows["L:0"] == "completed"
    assert "L:2" not in rows


@pytest.mark.parametrize(
    ("what", "numbers"),
    [("skip", [(0, None), (2, None)]), ("collect", [(0, None), (1, "no_luck"), (2, None), (3, "no_luck")])],
)
def test_failing_rounds_are_left_out_or_collected(engine: EngineThread, what: str, numbers: Any) -> None:
    execution = run(engine, loop(behave("a", "fail_odd"), on_round_failure=what), ITEMS)

    assert [(item["n"], item.get("error", {}).get("code")) for item in output(execution)] == numbers


def test_the_loops_own_error_handle_takes_a_failed_round(engine: EngineThread) -> None:
    document = loop(behave("a", "fail_odd"))
    document["nodes"].append(node("rescue"))
    document["edges"].append(edge("L", "rescue", "error"))

    execution = run(engine, document, ITEMS)

    assert execution.output_node_id == "rescue"
    assert {item["error"]["code"] for item in output(execution)} == {"no_luck"}


def test_an_error_handled_inside_does_not_fail_the_round(engine: EngineThread) -> None:
    document = loop(behave("a", "fail_odd", on_error="continue"), set_node("b", x=1))
    document["nodes"][2]["data"]["settings"] = {"on_error": "continue"}

    assert len(output(run(engine, document, ITEMS))) == 4


def test_a_skipped_loop_and_one_without_elements_leave_their_body_alone(engine: EngineThread) -> None:
    execution = run(engine, loop(behave("a", "pass"), behind=(node("z"),), items_field="rows"), {"rows": []})

    assert execution.state.status == "completed"
    assert SEEN == []
    progress = [event for event in check_events(execution) if event == "progress"]
    assert progress


def test_a_resumed_run_skips_finished_rounds(engine: EngineThread) -> None:
    execution_id = queue(loop(behave("a", "pass"), behave("b", "gate"), behind=(set_node("z", x="{{ $('a').first().json.n }}"),),
                              concurrency=4), ITEMS)  # fmt: skip
    engine.ring(str(execution_id))
    until(execution_id, {"running"})
    while sum(how == "gate" for how, _ in SEEN) < 4:
        pass
    engine.stop(grace_s=0)
    assert until(execution_id, {"pending"}).state.recoveries == 0
    GATE.set()
    second = engine_thread()
    second.start()
    try:
        second.ring(str(execution_id))
        execution = ended(execution_id)
    finally:
        second.stop(grace_s=1)

    assert len(output(execution)) == 4
    assert sorted(key for how, key in SEEN if how == "pass") == [f"{execution_id}:a:L:{n}:0" for n in range(4)]
    check_events(execution)


def test_progress_and_inputs_of_a_round_can_be_read(engine: EngineThread) -> None:
    execution = run(engine, loop(set_node("a", x=1), behind=(node("z"),)), ITEMS)

    rows = list(node_runs_of(execution.pk))
    recorded = Recorded(execution, rows)
    row = next(row for row in rows if (row.node_id, row.path) == ("a", "L:2"))
    assert orjson.loads(orjson.dumps(recorded.first_inputs(row, 50))) == {
        "main": [{"json": {"n": 2}, "pairedItem": {"item": 2}}]
    }
    whole = next(row for row in rows if (row.node_id, row.path) == ("L", ""))
    assert len(recorded.first_inputs(whole, 50)["main"]) == len(recorded.inputs(whole, "main")) == 4
    summary = summaries_of([execution])[execution.pk]
    assert (summary.done, execution.total, summary.loop_iterations) == (4, 4, 4)

"""Helpers in runs: evaluated in their step's place, used as themselves, without a turn of their own."""

from __future__ import annotations

from typing import Any

import pytest

from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from tests.builders import edge, graph, node, set_node
from tests.integration.executor.running import check_events, run

pytestmark = pytest.mark.django_db(transaction=True)


def with_tools(
    calls: list[dict[str, Any]], *tools: dict[str, Any], more: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    into = [edge(tool["id"], "step", "tool", "tools") for tool in tools]
    return graph([node("step", "taker", {"calls": calls}), *tools], [edge("start", "step"), *into, *(more or [])])


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"tool": tool, "arguments": arguments}


def said(execution: Any) -> dict[str, Any]:
    assert execution.state.status == "completed", execution.error
    made: dict[str, Any] = execution.output[0]["json"]
    return made


def test_a_helper_is_evaluated_for_each_item_of_its_step(engine: EngineThread) -> None:
    document = graph(
        [set_node("before", city="Oslo"), node("step", "taker"), node("giver", "giver", {"name": "{{ $json.n }} {{ $('before').item.json.city }}"})],
        [edge("start", "before"), edge("before", "step"), edge("giver", "step", "model", "model")],
    )  # fmt: skip

    execution = run(engine, document, [{"n": 1}, {"n": 2}])

    assert execution.state.status == "completed", execution.error
    assert [item["json"]["model"] for item in execution.output] == [{"name": "1 Oslo"}, {"name": "2 Oslo"}]
    rows = NodeRun.objects.filter(execution_id=execution.pk)
    assert {row.node_id for row in rows} == {"start", "before", "step"}, "a helper has no node run"
    check_events(execution)


def test_any_node_is_a_tool_and_asks_for_what_it_needs(engine: EngineThread) -> None:
    tool = set_node(
        "Weather",
        text="{{ $json.n }}: {{ $fromAI('city', 'Where', 'string', 'Oslo') }}",
        days="{{ $fromAI('days', '', 'number') * 2 }}",
    )
    execution = run(engine, with_tools([call("weather", days=3), call("weather", days=1, city="Rome")], tool), {"n": 7})

    found = said(execution)
    assert [name for name, _, _ in found["tools"]] == ["weather"]
    assert [[one["text"], one["days"]] for (one,) in found["results"]] == [["7: Oslo", 6], ["7: Rome", 2]]
    rows = NodeRun.objects.filter(execution_id=execution.pk, path__contains="@").order_by("path")
    assert [(row.path, row.kind, row.status) for row in rows] == [
        ("step@0.t0", "step.tool", "completed"), ("step@0.t1", "step.tool", "completed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "field"),
    [({}, "days"), ({"days": "three"}, "days"), ({"days": 1, "colour": "red"}, ""), ({"days": True}, "days")],
)
def test_arguments_that_do_not_fit_run_nothing(engine: EngineThread, arguments: dict[str, Any], field: str) -> None:
    tool = set_node("tool", days="{{ $fromAI('days', '', 'number') }}")
    (result,) = said(run(engine, with_tools([call("tool", **arguments)], tool)))["results"]
    assert result["error"] == "invalid_arguments"
    assert [one["field"] for one in result["details"]["errors"]] == [field]


def test_a_tool_fails_as_itself(engine: EngineThread) -> None:
    retry = {"retry": {"max_attempts": 5, "delay_s": 30}}
    tools = [
        node("failing", "behave", {"how": "fail"}, settings=retry), node("slow", "behave", {"how": "hang"}, settings={"timeout_s": 0.2}),
        node("broken", "behave", {"how": "raise"}), node("huge", "behave", {"how": "huge"}), node("wrong", "behave", {"how": "wrong"}),
    ]  # fmt: skip
    results = said(run(engine, with_tools([call(tool["id"]) for tool in tools], *tools)))["results"]
    assert [one["error"] for one in results] == [
        "no_luck",
        "node_timeout",
        "node_failed",
        "invalid_output",
        "invalid_output",
    ]


def test_tools_with_arguments_of_their_own_and_several_in_one(engine: EngineThread) -> None:
    calls = [call("adder", a=1, b=2), call("adder_2", text="x"), call("shout", text="hey"), call("adder", a=1)]
    found = said(run(engine, with_tools(calls, node("several", "several"), node("adder", "adder"))))
    assert [name for name, _, _ in found["tools"]] == ["adder_2", "shout", "adder"]
    sums, said_, shouted, refused = found["results"]
    assert [sums, said_, shouted] == [[{"sum": 3}], [{"said": "Adder: X"}], [{"said": "shout: HEY"}]]
    assert refused["error"] == "invalid_arguments"


def test_a_tool_keeps_state_of_its_own_and_each_call_counts(engine: EngineThread) -> None:
    execution = run(engine, with_tools([call("counter"), call("counter"), call("counter")], node("counter", "keeps")))
    assert said(execution)["results"] == [[{"kept": True}]] * 3


def test_a_step_with_slots_may_be_a_tool_with_helpers_of_its_own(engine: EngineThread) -> None:
    inner = node("inner", "taker", {"calls": [call("adder", a=1, b=1)]})
    more = [edge("adder", "inner", "tool", "tools"), edge("giver", "inner", "model", "model")]
    document = with_tools([call("inner")], inner, more=more)
    document["nodes"] += [node("adder", "adder"), node("giver", "giver", {"name": "m{{ $json.n }}"})]

    execution = run(engine, document, {"n": 5})

    results = said(execution)["results"]
    assert len(results[0]) == 1, results
    told = results[0][0]
    assert (told["model"], told["results"]) == ({"name": "m5"}, [[{"sum": 2}]])
    paths = NodeRun.objects.filter(execution_id=execution.pk, path__contains="@").values_list("path", flat=True)
    assert sorted(paths) == ["step@0.t0", "step@0.t0.t0"]


def test_expressions_of_a_tool_that_take_long_are_evaluated_elsewhere(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("executor.node.evaluating.ONE_S", -1.0)
    tool = set_node(
        "tool", x="{{ $fromAI('n', '', 'number') + $json.n }}", text="{{ $fromAI('other', '', 'json', [1]) }}"
    )
    (result,) = said(run(engine, with_tools([call("tool", n=1)], tool), {"n": 2}))["results"]
    assert (result[0]["x"], result[0]["text"]) == (3, [1])

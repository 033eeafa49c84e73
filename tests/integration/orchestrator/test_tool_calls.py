"""The tool_call node: tools of every sort, called without a model; what fails is a result."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from executor.models import Execution, NodeRun
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.selectors import execution_by_id
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import check_events, finished
from tests.integration.orchestrator.test_sub_workflows import BASE, begin, make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def engine() -> Any:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def calling(params: dict[str, Any], *tools: dict[str, Any]) -> dict[str, Any]:
    into = [edge(tool["id"], "step", "tool", "tools") for tool in tools]
    return graph([node("step", "tool_call", params), *tools], [edge("start", "step"), *into])


def results(
    api: APIClient, engine: EngineThread, document: dict[str, Any], value: Any = None
) -> list[tuple[Any, str | None]]:
    """Return (result, code of the error) of each call."""
    execution = finished(begin(api, engine, make(api, "tools", document), value))
    assert execution.state.status == "completed", execution.error
    check_events(execution)
    return [(one["result"], one["error"] and one["error"]["code"]) for one in execution.output[0]["json"]["results"]]


def test_calls_of_an_earlier_step_are_made_and_failures_are_results(api: APIClient, engine: EngineThread) -> None:
    weather = set_node("Weather", text="{{ $fromAI('city') }} at {{ $json.hour }}")
    asked = [
        {"id": "a", "tool": "weather", "arguments": {"city": "Oslo"}},
        {"id": "b", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}},
        {"id": "c", "tool": "weather", "arguments": {"town": "Rome"}},
        {"id": "d", "tool": "wether", "arguments": {}},
        {"tool": "stop", "arguments": {}},
    ]
    stop = node("stop", "stop_and_error", {"message": "no"})
    document = calling({"calls": "{{ $json.asked }}"}, weather, stop)

    execution = finished(begin(api, engine, make(api, "tools", document), {"hour": 9, "asked": asked}))

    assert execution.state.status == "completed", execution.error
    made = execution.output[0]["json"]["results"]
    assert [(one["id"], one["tool"]) for one in made] == [
        ("a", "weather"), ("b", "weather"), ("c", "weather"), ("d", "wether"), ("call_5", "stop"),
    ]  # fmt: skip
    assert [one["result"] and one["result"]["text"] for one in made[:3]] == ["Oslo at 9", "Rome at 9", None]
    assert [one["error"]["code"] for one in made[2:4]] == ["invalid_arguments", "unknown_tool"]
    assert made[4]["error"]["message"] == "no"
    rows = NodeRun.objects.filter(execution_id=execution.pk)
    assert {row.node_id for row in rows} == {"start", "step"}


def test_tools_of_each_sort_give_what_they_say(api: APIClient, engine: EngineThread) -> None:
    code = {"language": "javascript", "code": "return {twice: $json.n * 2}", "schema": {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}}  # fmt: skip
    tools = [
        node("calc", "calculator_tool"),
        node("dates", "date_time_tool", {"timezone": "UTC"}),
        node("code", "code_tool", code),
    ]
    calls = [
        {"tool": "calc", "arguments": {"expression": "(2 + 3) * 4 ^ 2 - sqrt(16)"}},
        {"tool": "calc", "arguments": {"expression": "$json.secret"}},
        {"tool": "calc", "arguments": {"expression": "constructor"}},
        {"tool": "calc", "arguments": {"expression": "1 / 0"}},
        {
            "tool": "dates",
            "arguments": {"operation": "add", "date": "2026-02-27T00:00:00Z", "amount": 2, "unit": "days"},
        },
        {"tool": "dates", "arguments": {"operation": "add", "date": "yesterday"}},
        {"tool": "dates", "arguments": {"operation": "burn"}},
        {"tool": "code", "arguments": {"n": 21}},
        {"tool": "code", "arguments": {"n": "x"}},
    ]
    found = results(api, engine, calling({"calls": calls}, *tools))

    assert [error for _, error in found] == [
        None, "invalid_expression", "invalid_expression", "invalid_expression", None, "invalid_date",
        "invalid_arguments", None, "invalid_arguments",
    ]  # fmt: skip
    assert found[0][0] == {"result": 76}
    assert found[4][0]["date"].startswith("2026-03-01T00:00:00")
    assert found[7][0] == {"twice": 42}


def test_a_workflow_is_a_tool_with_the_arguments_of_its_trigger(api: APIClient, engine: EngineThread) -> None:
    child = chain(set_node("made", text="{{ $json.n }} of {{ $json.item_of ?? 'nobody' }}"))
    child["nodes"][0]["data"]["params"] = {
        "input_schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    }
    tool = node("flow", "workflow_tool", {"workflow_id": make(api, "child", child), "name": "Count them"})
    calls = [{"tool": "count_them", "arguments": {"n": number}} for number in (1, 2)]
    calls.append({"tool": "count_them", "arguments": {"n": "one"}})

    found = results(api, engine, calling({"calls": calls}, tool))

    assert [(result and result["text"], error) for result, error in found] == [
        ("1 of nobody", None), ("2 of nobody", None), (None, "invalid_arguments"),
    ]  # fmt: skip
    children = Execution.objects.filter(parent_execution_id__isnull=False)
    assert sorted(row.parent_path for row in children) == ["step@0.t0", "step@0.t1"]
    assert {row.parent_node_id for row in children} == {"step"}


def test_a_run_waits_for_a_tool_that_is_a_workflow_without_holding_a_worker(
    api: APIClient, engine: EngineThread
) -> None:
    slow = chain(node("nap", "wait", {"mode": "duration", "seconds": 2}), set_node("made", x=1))
    tool = node("flow", "workflow_tool", {"workflow_id": make(api, "slow", slow)})
    calls = [{"tool": "flow", "arguments": {}}, {"tool": "other", "arguments": {}}]
    document = calling({"calls": calls}, tool, set_node("other", y=2))

    execution = finished(begin(api, engine, make(api, "tools", document)))

    assert execution.state.status == "completed", execution.error
    assert [one["result"] for one in execution.output[0]["json"]["results"]] == [{"x": 1}, {"y": 2}]
    row = NodeRun.objects.get(execution_id=execution.pk, path="step@0.t1")
    assert row.attempt == 1, "what had been called is not called again"
    assert execution_by_id(execution.pk).state.wakes >= 1
    assert Execution.objects.filter(parent_execution_id=execution.pk).count() == 1


def test_partial_runs_and_previews_cope_with_what_has_no_turn(api: APIClient, engine: EngineThread) -> None:
    text = "{{ $fromAI('city', '', 'string', 'Oslo') }} {{ $json.n }}"
    workflow = make(api, "tools", calling({"tool": "tool"}, set_node("tool", text=text)))
    pins = {"start": {"main": [{"json": {"n": 3}}]}}
    api.patch(f"{BASE}{workflow}/", {"pinned_data": pins}, format="json", headers={"If-Match": "*"})

    partial = f"{BASE}{workflow}/partial-execute/"
    refused = api.post(partial, {"node_id": "tool", "direction": "only"}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "no_step"), refused.json()

    begun = api.post(partial, {"node_id": "step", "direction": "only"}, format="json")
    assert begun.status_code in (200, 202), begun.json()
    engine.ring(begun.json()["id"])
    execution = finished(UUID(begun.json()["id"]))
    assert execution.state.status == "completed", execution.error
    (made,) = NodeRun.objects.get(execution_id=execution.pk, node_id="step", path="").outputs["main"]
    assert made["json"]["results"][0]["result"]["text"] == "Oslo 3"

    asked = {"text": text, "context": {"workflow_id": workflow, "node_id": "tool"}}
    shown = api.post("/api/compile/expressions/preview/", asked, format="json").json()
    assert shown["value"] == "Oslo 3", shown


def test_a_tool_in_the_body_of_a_loop_serves_each_round(api: APIClient, engine: EngineThread) -> None:
    document = graph(
        [
            node("loop", "loop", {"count": 2, "max_loop_count": 5}),
            node("step", "tool_call", {"tool": "tool"}), set_node("tool", text="{{ $fromAI('a', '', 'string', 'x') }}{{ $loop.index }}"),
        ],
        [edge("start", "loop"), edge("loop", "step", "loop"), edge("step", "loop"), edge("tool", "step", "tool", "tools")],
    )  # fmt: skip
    execution = finished(begin(api, engine, make(api, "rounds", document)))
    assert execution.state.status == "completed", execution.error
    texts = [item["json"]["results"][0]["result"]["text"] for item in execution.output]
    assert texts == ["x0", "x1"]

"""Partial runs: one node, up to one, from one on; where its data comes from; what is refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import check_events, finished

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
CHAIN = chain(
    set_node("a", a="{{ $json.n + 1 }}"),
    set_node("b", b="{{ $json.a + 1 }}"),
    set_node("c", c="{{ $('a').item.json.a }}"),
)


@pytest.fixture
def engine() -> Any:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def make(api: APIClient, document: dict[str, Any] = CHAIN) -> str:
    return str(api.post(BASE, {"name": "w", **document}, format="json").json()["id"])


def partial(api: APIClient, engine: EngineThread, workflow: str, node_id: str, **body: Any) -> Any:
    reply = api.post(f"{BASE}{workflow}/partial-execute/", {"node_id": node_id, "wait_s": 0, **body}, format="json")
    assert reply.status_code == 202, reply.json()
    assert reply.json()["mode"] == "partial"
    engine.ring(reply.json()["id"])
    execution = finished(UUID(reply.json()["id"]))
    check_events(execution)
    return execution


def ran(execution: Any) -> list[str]:
    rows = NodeRun.objects.filter(execution_id=execution.pk, reused=False, pinned=False)
    return sorted(rows.values_list("node_id", flat=True))


def json_of(execution: Any, node_id: str) -> Any:
    return NodeRun.objects.get(execution_id=execution.pk, node_id=node_id).outputs["main"][0]["json"]


def test_one_node_runs_with_the_inputs_it_is_given(api: APIClient, engine: EngineThread) -> None:
    execution = partial(api, engine, make(api), "b", inputs={"main": [{"json": {"a": 41}}]})

    assert (execution.state.status, ran(execution)) == ("completed", ["b"])
    assert json_of(execution, "b") == {"a": 41, "b": 42}


def test_without_anything_known_it_is_refused(api: APIClient) -> None:
    workflow = make(api)
    refused = api.post(f"{BASE}{workflow}/partial-execute/", {"node_id": "b"}, format="json")
    assert (refused.status_code, refused.json()["code"], refused.json()["node_ids"]) == (409, "inputs_unknown", ["a"])
    assert api.post(f"{BASE}{workflow}/partial-execute/", {"node_id": "nope"}, format="json").status_code == 400


@pytest.mark.parametrize("definition", ["x", 1, [], True, [[1, 2]]])
def test_a_definition_that_is_no_object_is_refused(api: APIClient, definition: Any) -> None:
    body = {"node_id": "a", "definition": definition}
    reply = api.post(f"{BASE}{make(api)}/partial-execute/", body, format="json")
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, "definition")


def test_data_comes_from_pins_then_from_the_newest_run(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api)
    started = api.post(f"{BASE}{workflow}/execute/", {"input": {"n": 1}}, format="json").json()["id"]
    engine.ring(started)
    finished(UUID(started))

    last = partial(api, engine, workflow, "c")
    assert (ran(last), json_of(last, "c")) == (["c"], {"n": 1, "a": 2, "b": 3, "c": 2})
    given = partial(api, engine, workflow, "b", pinned={"a": {"main": [{"json": {"a": 10}}]}})
    assert json_of(given, "b") == {"a": 10, "b": 11}
    based = partial(api, engine, workflow, "b", base_execution_id=started)
    assert json_of(based, "b") == {"n": 1, "a": 2, "b": 3}


def test_up_to_a_node_and_from_a_node_on(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api)

    upto = partial(api, engine, workflow, "b", direction="to", pinned={"start": {"main": [{"json": {"n": 5}}]}})
    assert (ran(upto), json_of(upto, "b")) == (["a", "b"], {"n": 5, "a": 6, "b": 7})
    onward = partial(api, engine, workflow, "b", direction="from")
    assert ran(onward) == ["b", "c"]
    assert json_of(onward, "c") == {"n": 5, "a": 6, "b": 7, "c": 6}


def test_an_unsaved_definition_is_tried(api: APIClient, engine: EngineThread) -> None:
    unsaved = chain(set_node("new", x="{{ $json.n * 3 }}"))
    execution = partial(api, engine, make(api), "new", definition=unsaved, inputs={"main": [{"json": {"n": 3}}]})

    assert json_of(execution, "new") == {"n": 3, "x": 9}


def test_a_loop_is_tried_with_its_body(api: APIClient, engine: EngineThread) -> None:
    document = graph(
        [node("L", "loop"), set_node("x", y="{{ $loop.index }}"), node("z")],
        [edge("start", "L"), edge("L", "x", "loop"), edge("x", "L"), edge("L", "z", "done")],
    )
    workflow = make(api, document)
    execution = partial(api, engine, workflow, "L", inputs={"main": [{"json": {}}, {"json": {}}]})

    done = NodeRun.objects.get(execution_id=execution.pk, node_id="L", path="").outputs["done"]
    assert [item["json"]["y"] for item in done] == [0, 1]
    refused = api.post(f"{BASE}{workflow}/partial-execute/", {"node_id": "x", "direction": "from"}, format="json")
    assert refused.json()["errors"][0]["code"] == "in_loop"


def test_a_node_of_a_loop_runs_alone_on_what_a_round_gave_it(api: APIClient, engine: EngineThread) -> None:
    document = graph(
        [set_node("before", k="{{ $json.n * 10 }}"), node("L", "loop"), set_node("m", m="{{ $json.k + 1 }}"),
         node("I", "loop", {"items_field": "parts"}), set_node("x", x="{{ $json.value }}", k="{{ $('m').item.json.m }}"),
         node("z")],
        [edge("start", "before"), edge("before", "L"), edge("L", "m", "loop"), edge("m", "I"), edge("I", "x", "loop"),
         edge("x", "I"), edge("I", "L", "done"), edge("L", "z", "done")],
    )  # fmt: skip
    workflow = make(api, document)
    given = partial(api, engine, workflow, "m", inputs={"main": [{"json": {"k": 4}}]})
    assert (ran(given), json_of(given, "m")) == (["m"], {"k": 4, "m": 5})
    unknown = api.post(f"{BASE}{workflow}/partial-execute/", {"node_id": "x"}, format="json")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "inputs_unknown")

    whole = api.post(f"{BASE}{workflow}/execute/", {"input": [{"n": 1, "parts": ["a", "b"]}, {"n": 2, "parts": ["c"]}]},
                     format="json").json()["id"]  # fmt: skip
    engine.ring(whole)
    assert finished(UUID(whole)).state.status == "completed"
    alone = partial(api, engine, workflow, "x")
    assert ran(alone) == ["x"]
    assert json_of(alone, "x")["x"] in ("a", "c")
    assert json_of(alone, "x")["k"] in (11, 21)
    assert partial(api, engine, workflow, "z").state.status == "completed"


def test_a_large_value_of_an_earlier_run_is_there_whole(api: APIClient, engine: EngineThread) -> None:
    document = chain(set_node("a", big="{{ 'ab'.repeat(200000) }}"), set_node("b", size="{{ $json.big.length }}"))
    workflow = make(api, document)
    partial(api, engine, workflow, "a", inputs={"main": [{"json": {}}]})
    execution = partial(api, engine, workflow, "b")
    assert json_of(execution, "b")["size"] == 400_000

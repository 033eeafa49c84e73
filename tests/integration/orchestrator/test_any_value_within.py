"""Any value by the entries within a run: custom nodes, sub-workflows, files' formats; and out by callbacks."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from core.json import MAX_DEPTH
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from tests.builders import chain, node, set_node
from tests.conftest import Peer
from tests.integration.executor.running import check_events, finished
from tests.integration.outbox.working import work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
DEPTHS = (90, 97, 99, 100, 101, 116, 254, 300, 1100)
REFUSED = {"invalid_output", "code_error", "subworkflow_failed", "invalid_xml", "invalid_csv", "invalid_value"}
MAKER = '''
class Maker(CustomNode):
    """Makes what an item asks for."""
    node_type = "maker"
    name = "Maker"
    category = "transform"
    tests = [{"name": "plain", "items": [{"make": "1"}], "expected": [{"v": 1}]}]

    def run(self, item, params):
        made = item["json"]["make"]
        odd = {"1": 1, "nul": "a\\0b", "half": "\\ud800", "nan": float("nan"), "inf": -float("inf"), "huge": 10 ** 400,
               "wide": 2 ** 64, "key": {"\\0": 1}, "number": {1: {2: 3}}}
        if made in odd:
            return {"v": odd[made]}
        value = 1
        for at in range(int(made)):
            value = [value] if at % 2 else {"a": value}
        return {"v": value}
'''


@pytest.fixture
def engine(db: None) -> Any:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def make(api: APIClient, document: dict[str, Any]) -> str:
    reply = api.post(BASE, {"name": f"w {uuid4()}", **document}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def ends(api: APIClient, engine: EngineThread, workflow: str, values: list[Any], **more: Any) -> list[Any]:
    """Run a workflow with each of the values, all at once; returns how they ended, None for those refused at the door."""
    url = f"{BASE}{workflow}/execute/"
    bodies = [json.dumps({"input": value, **more}) for value in values]
    replies = [api.generic("POST", url, body, content_type="application/json") for body in bodies]
    ended: list[Any] = []
    for reply in replies:
        assert reply.status_code in (202, 400), reply.json()
        if reply.status_code == 400:
            ended.append(None)
            continue
        engine.ring(reply.json()["id"])
        execution = finished(UUID(reply.json()["id"]))
        check_events(execution)
        assert execution.state.status == "completed" or execution.error["code"] in REFUSED, execution.error
        assert execution.state.recoveries == 0
        ended.append(execution)
    return ended


def ways(ended: list[Any]) -> list[str]:
    return [execution.state.status if execution else "refused" for execution in ended]


def is_well(api: APIClient, engine: EngineThread) -> None:
    (plain,) = ends(api, engine, make(api, chain(set_node("a", x="{{ 1 + 1 }}"))), [{}])
    assert plain.state.status == "completed"


def test_whatever_a_custom_node_makes_fails_it_at_most(api: APIClient, engine: EngineThread) -> None:
    reply = api.post("/api/nodes/custom/", {"code": MAKER}, format="json")
    assert reply.status_code == 201, reply.json()
    workflow = make(api, chain(node("m", "maker"), node("z")))
    asked = ["nul", "half", "nan", "inf", "huge", "wide", "key", "number", *map(str, DEPTHS)]
    ended = dict(zip(asked, ways(ends(api, engine, workflow, [{"make": name} for name in asked])), strict=True))
    assert {name: ended[name] for name in ("90", "97", "wide")} == {
        "90": "completed",
        "97": "completed",
        "wide": "completed",
    }
    assert {ended[str(depth)] for depth in DEPTHS if depth > MAX_DEPTH} == {"failed"}
    is_well(api, engine)


def mapped(value: Any, depth: int) -> Any:
    for at in range(depth):
        value = {"a": value} if at % 2 else [value]
    return value


@pytest.mark.parametrize("mode", ["once", "each"])
def test_whatever_is_mapped_into_a_sub_workflow_fails_that_node_at_most(
    api: APIClient, engine: EngineThread, mode: str
) -> None:
    child = make(api, chain(node("c")))
    inner = {"v": "{{ $json.v }}", "deep": "{{ [[[[[[[[$json.v]]]]]]]] }}"}
    call = node("call", "sub_workflow", {"workflow_id": child, "input_mapping": inner, "mode": mode})
    odd = ["a\x00b", "\ud800", 10**400, 2**64, {"\x00": 1}]
    ended = ways(ends(api, engine, make(api, chain(call)), [{"v": mapped(1, depth)} for depth in (20, 85, 91, 94, 97)]))
    assert (ended[0], ended[-1]) == ("completed", "failed"), ended
    for value in odd:  # what the door takes is taken on
        workflow = make(api, chain(node("code", "code", {"code": f"return {{'v': {value!r}}}"}), call))
        ends(api, engine, workflow, [{}])
    is_well(api, engine)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("xml", [*("<a>" * depth + "1" + "</a>" * depth for depth in DEPTHS), "<a>&#0;</a>", "<a>&#xD800;</a>", "<a\x00/>",
                 "<a>" + "9" * 400 + "</a>", "<a b='NaN'>NaN</a>"]),
        ("csv", ["a,b\nx\x00y,1", "a\x00,b\n1,2", "a\n" + "9" * 400, "a\nNaN\n-Infinity", '"\ud800"\n1', "a\n1e999"]),
    ],
)  # fmt: skip
def test_whatever_a_file_holds_fails_its_parser_at_most(
    api: APIClient, engine: EngineThread, kind: str, texts: list[str]
) -> None:
    ends(api, engine, make(api, chain(node("p", kind), node("z"))), [{"data": text} for text in texts])
    made = [f"return {{'data': {text!r}}}" for text in texts if "\x00" in text or "\ud800" in text]
    for code in made:
        ends(api, engine, make(api, chain(node("c", "code", {"code": code}), node("p", kind))), [{}])
    is_well(api, engine)


def test_whatever_a_run_gives_back_its_callback_carries(
    api: APIClient, engine: EngineThread, peer: Peer, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/done", (204, {}, b""))
    values = [mapped(1, depth) for depth in (90, 97, 98, 99)] + ["\r\n\u2028", 2**64, "9" * 400, {"": None}]
    told = {"callback_url": f"{peer.url}/done"}
    ended = ends(api, engine, make(api, chain(node("z"))), [{"v": value} for value in values], **told)
    work_off()
    bodies = {body["id"]: body for body in (json.loads(call.body) for call in peer.calls)}
    assert set(bodies) == {str(execution.pk) for execution in ended if execution}
    for execution in filter(None, ended):
        assert bodies[str(execution.pk)]["output"] == execution.output

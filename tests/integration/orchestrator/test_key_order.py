"""Keys keep the order they came in, from wire to wire and through the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.json import dumps_own
from core.models import User
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.selectors import node_runs_of
from tests.builders import chain, edge, graph, node
from tests.integration.executor.running import finished

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
VALUE: dict[str, Any] = {"zeta": 1, "b": [{"yy": 1, "x": 2}], "alpha": {"d": 1, "c": 2}}
TEXT = '{"zeta":1,"b":[{"yy":1,"x":2}],"alpha":{"d":1,"c":2}}'


@pytest.fixture
def engine() -> Iterator[EngineThread]:
    thread = EngineThread(default_config)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def make(api: APIClient, document: dict[str, Any], name: str = "w") -> str:
    reply = api.post(BASE, {"name": name, **document}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def ran(api: APIClient, engine: EngineThread, workflow: str, value: Any) -> Any:
    reply = api.post(f"{BASE}{workflow}/execute/", {"input": value}, format="json")
    assert reply.status_code == 202, reply.json()
    engine.ring(reply.json()["id"])
    return finished(reply.json()["id"])


def test_the_input_of_a_run_keeps_its_order_up_to_its_output(api: APIClient, engine: EngineThread) -> None:
    workflow = make(
        api, chain(node("x"), node("t", "json", {"mode": "serialize", "whole_item": True, "destination": "text"}))
    )

    execution = ran(api, engine, workflow, VALUE)

    assert execution.output[0]["json"]["text"] == TEXT
    shown = api.get(f"/api/orchestrator/executions/{execution.pk}/").content.decode()
    assert f'"input":{TEXT}' in shown
    assert f'"json":{TEXT[:-1]},"text"' in shown


def test_a_large_input_keeps_its_order(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api, chain(node("c", "code", {"code": "return [{'keys': ','.join(items[0]['json'])}]"})))

    execution = ran(api, engine, workflow, {"zeta": "x" * 20_000, "b": 1, "alpha": 2})

    assert execution.output[0]["json"] == {"keys": "zeta,b,alpha"}


@pytest.mark.parametrize("kind", ["sub_workflow", "map"])
def test_what_goes_into_a_run_below_and_comes_back_keeps_its_order(
    api: APIClient, engine: EngineThread, kind: str
) -> None:
    child = make(api, chain(node("x")), "child")
    out = "main" if kind == "map" else "success"
    writes = node("t", "json", {"mode": "serialize", "whole_item": True, "destination": "text"})
    parent = graph(
        [node("call", kind, {"workflow_id": child}), writes], [edge("start", "call"), edge("call", "t", out)]
    )

    execution = ran(api, engine, make(api, parent, "parent"), VALUE)

    assert execution.output[0]["json"]["text"] == TEXT


def test_a_webhook_body_keeps_its_order_up_to_the_columns_of_a_csv(
    api: APIClient, user: User, engine: EngineThread
) -> None:
    reads = node("s", "set", {"mode": "raw", "keep_other": False, "json_output": "{{ $json.body }}"})
    writes = node("c", "csv", {"mode": "serialize"})
    trigger = node("h", "webhook_trigger", {"path": "o", "response_mode": "on_received"})
    workflow = make(api, graph([trigger, reads, writes], [edge("h", "s"), edge("s", "c")]))
    assert api.post(f"{BASE}{workflow}/deploy/", {}, format="json").status_code == 200
    reply: Any = Client().post(f"/api/webhooks/{user.pk}/o", '{"zeta":1,"b":2,"alpha":3}', "application/json")
    engine.ring(reply.json()["execution_id"])

    execution = finished(reply.json()["execution_id"])

    assert execution.output[0]["json"]["data"].splitlines()[0] == "zeta,b,alpha"


def test_params_come_back_and_run_in_the_order_they_were_written_in(api: APIClient, engine: EngineThread) -> None:
    params = {"mode": "raw", "json_output": VALUE}
    workflow = make(api, chain(node("s", "set", params), node("t", "json", {"mode": "serialize", "whole_item": True})))

    shown = api.get(f"{BASE}{workflow}/").content.decode()
    assert f'"params":{dumps_own(params).decode()}' in shown
    execution = ran(api, engine, workflow, {})
    assert TEXT in str([row.outputs for row in node_runs_of(execution.pk) if row.node_id == "t"])

    revision = api.get(f"{BASE}{workflow}/").json()["revision"]
    document = api.get(f"{BASE}{workflow}/").json()
    assert api.put(f"{BASE}{workflow}/", document, format="json").json()["revision"] == revision
    for one in document["nodes"]:
        if one["id"] == "s":
            one["data"]["params"]["json_output"] = dict(reversed(VALUE.items()))
    assert api.put(f"{BASE}{workflow}/", document, format="json").json()["revision"] == revision + 1
    assert '"json_output":{"alpha"' in api.get(f"{BASE}{workflow}/").content.decode()


def test_a_form_shows_its_fields_in_the_order_they_were_written_in(api: APIClient, user: User) -> None:
    names = ["name", "email", "age", "when"]
    form = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    trigger = node("f", "form_trigger", {"path": "ask", "form": form})
    workflow = make(api, {"nodes": [trigger, node("z")], "edges": [edge("f", "z")]})
    assert api.post(f"{BASE}{workflow}/deploy/", {}, format="json").status_code == 200

    page: Any = Client().get(f"/api/webhooks/{user.pk}/ask")

    found = re.findall(r'name="(\w+)"', page.content.decode())
    assert [name for name in found if name in names] == names

"""Keys keep the order they came in, from wire to wire and through the database."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.datastore import rows, tables
from core.json import dumps_own
from core.models import OutboxRow, User
from core.outbox import queue
from core.outbox.kinds import kinds
from executor.models import Execution, HumanTask
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.selectors import node_runs_of
from orchestrator.models import Schedule, TestCase, Workflow
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.datastore.keeping import fill, held, make_table
from tests.integration.executor.running import finished, until

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


READS = set_node("r", t="{{ JSON.stringify($vars.v ?? $json.v) }}")


def text_of(execution: Any) -> str:
    return str(execution.output[0]["json"]["t"])


def test_variables_and_labels_keep_their_order(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api, chain(READS))
    labels = {"zone": "a", "b": "x", "app": "y"}

    body = {"variables": {"zz": 1, "v": VALUE, "a": 2}, "labels": labels}
    begun = api.post(f"{BASE}{workflow}/execute/", body, format="json").json()
    engine.ring(begun["id"])

    execution = finished(begun["id"])
    assert text_of(execution) == TEXT
    assert list(execution.variables) == ["zz", "v", "a"]
    shown = api.get(f"/api/orchestrator/executions/{begun['id']}/").json()
    assert list(shown["labels"]) == list(labels)
    assert shown["labels"] == labels
    found = api.get("/api/orchestrator/executions/?label=zone:a&label=app:y").json()["results"]
    assert [one["id"] for one in found] == [begun["id"]]


def test_large_variables_keep_their_order(api: APIClient, engine: EngineThread) -> None:
    workflow = make(api, chain(READS))

    body = {"variables": {"v": VALUE, "a": [str(number) for number in range(20_000)]}}
    begun = api.post(f"{BASE}{workflow}/execute/", body, format="json").json()
    engine.ring(begun["id"])

    assert text_of(finished(begun["id"])) == TEXT


def test_pins_and_outputs_that_a_partial_run_is_given_keep_their_order(api: APIClient, engine: EngineThread) -> None:
    pins = {"p": {"main": [{"json": {"w": 1, "v": VALUE}}]}}
    document = {**chain(node("p"), READS), "pinned_data": pins}
    workflow = make(api, document)
    assert dumps_own(api.get(f"{BASE}{workflow}/").json()["pinned_data"]["p"]["main"][0]["json"]["v"]).decode() == TEXT

    begun = api.post(f"{BASE}{workflow}/execute/", {"use_pinned": True}, format="json").json()
    engine.ring(begun["id"])
    assert text_of(finished(begun["id"])) == TEXT

    body = {"node_id": "r", "wait_s": 0, "pinned_data": pins}
    begun = api.post(f"{BASE}{workflow}/partial-execute/", body, format="json").json()
    engine.ring(begun["id"])
    assert text_of(finished(begun["id"])) == TEXT


def test_the_answer_to_a_webhook_keeps_its_order(api: APIClient, engine: EngineThread) -> None:
    headers = {"X-Zeta": "1", "X-B": "2"}
    workflow = make(api, chain(node("a", "respond_webhook", {"body": "{{ $json }}", "headers": headers})))

    execution = ran(api, engine, workflow, VALUE)

    response = Execution.objects.get(pk=execution.pk).response
    assert b64encode(TEXT.encode()).decode() in dumps_own(response).decode()
    assert [name for name in response["headers"] if name in headers] == list(headers)


def test_what_people_are_asked_and_answer_keeps_its_order(api: APIClient, engine: EngineThread) -> None:
    names = ["name", "email", "age"]
    form = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    asks = node(
        "q", "human_task", {"type": "clarification", "title": "?", "context": {"v": "{{ $json }}"}, "form": form}
    )
    workflow = make(api, graph([asks], [edge("start", "q")]))
    begun = api.post(f"{BASE}{workflow}/execute/", {"input": VALUE}, format="json").json()
    engine.ring(begun["id"])
    until(begun["id"], {"waiting"})

    [task] = api.get("/api/orchestrator/hitl/pending/").json()["results"]
    assert dumps_own(task["context"]["v"]).decode() == TEXT
    assert list(task["form"]["properties"]) == names
    answer = {"name": "n", "email": "e", "age": "a"}
    given = api.post(
        f"/api/orchestrator/hitl/{task['id']}/respond/", {"action": "answer", "data": answer}, format="json"
    )
    assert given.status_code == 200, given.json()
    assert list(HumanTask.objects.get(pk=task["id"]).response["data"]) == names


@given(st.permutations(["zeta", "b", "alpha", "cc"]))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_that_hold_what_people_wrote_keep_its_order(user: User, api: APIClient, names: list[str]) -> None:
    workflow = Workflow.objects.first() or Workflow.objects.get(pk=make(api, chain(node("x"))))
    value = {name: dict.fromkeys(names, 1) for name in names}
    wanted = dumps_own(value)
    places: list[tuple[Any, str, dict[str, Any]]] = [
        (Schedule, "input", {"owner_id": user.pk, "workflow": workflow, "node_id": "s"}),
        (TestCase, "input", {"workflow": workflow, "name": "t", "recorded": value, "expected": [value], "created_at": timezone.now(), "updated_at": timezone.now()}),
        (OutboxRow, "payload", {"owner_id": user.pk, "kind": "k", "lane": "l"}),
    ]  # fmt: skip
    for model, field, more in places:
        row = model.objects.create(**{field: value}, **more)
        kept = model.objects.get(pk=row.pk)
        assert dumps_own(getattr(kept, field)) == wanted, model
        row.delete()


def test_cells_keep_their_order(user: User) -> None:
    table = make_table(user)
    fill(table, {"name": "one", "more": VALUE})

    assert dumps_own(held(table)["one"]["more"]).decode() == TEXT
    with transaction.atomic():
        rows.update(table, tables.columns_of(table), table.rows.all(), {"n": 3})
    assert dumps_own(held(table)["one"]["more"]).decode() == TEXT


def test_what_the_outbox_is_asked_for_keeps_its_order(user: User) -> None:
    kind = next(iter(kinds()))
    queue.add(kind, owner_id=user.pk, payload={"zeta": VALUE, "b": 1}, key="order")

    assert dumps_own(OutboxRow.objects.get(key="order").payload["zeta"]).decode() == TEXT
    queue.drop("order")

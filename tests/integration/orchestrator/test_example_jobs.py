"""The jobs of docs/jobs.md: each example is imported as the page says, and does what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from tests.conftest import Peer
from tests.integration.credentials.conftest import stored
from tests.integration.executor.running import engine_thread, finished, until

ROOT = Path(__file__).resolve().parents[3]
BASE = "/api/orchestrator/workflows/"
PAGE = (ROOT / "docs" / "jobs.md").read_text()

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def engine(peer: Peer, settings: Any) -> Iterator[EngineThread]:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    thread = engine_thread()
    thread.start()
    yield thread
    thread.stop(grace_s=1)


class Jobs:
    """Imports examples and runs them."""

    def __init__(self, api: APIClient, engine: EngineThread) -> None:
        self.api, self.engine = api, engine

    def imported(self, name: str, **params: dict[str, Any]) -> str:
        """Import an example; `params` change those of its nodes, by id."""
        document = json.loads((ROOT / "examples" / f"{name}.json").read_text())
        for node in document["nodes"]:
            node["data"]["params"] |= params.get(node["id"], {})
        reply = self.api.post(f"{BASE}import/", {"document": document, "source": "heddle"}, format="json")
        assert reply.status_code == 201, reply.json()
        return str(reply.json()["workflow"]["id"])

    def run(self, workflow_id: str, value: Any) -> Any:
        reply = self.api.post(f"{BASE}{workflow_id}/execute/", {"input": value}, format="json")
        assert reply.status_code == 202, reply.json()
        self.engine.ring(reply.json()["id"])
        execution = finished(UUID(reply.json()["id"]))
        assert execution.state.status == "completed", execution.error
        return execution


@pytest.fixture
def jobs(api: APIClient, engine: EngineThread) -> Jobs:
    return Jobs(api, engine)


def given(execution: Any, node_id: str, handle: str = "main") -> list[Any]:
    """Return what a node gave by an output."""
    outputs = NodeRun.objects.get(execution_id=execution.pk, node_id=node_id).outputs or {}
    return [item["json"] for item in outputs.get(handle, [])]


def test_the_page_tells_of_every_example() -> None:
    told = set(re.findall(r"examples/(\w+)\.json", PAGE))
    assert told == {source.stem for source in (ROOT / "examples").glob("*.json")}


def test_a_cursor_hands_on_what_is_newer(jobs: Jobs) -> None:
    workflow_id = jobs.imported("cursor")
    first = jobs.run(workflow_id, [{"n": 1}, {"n": 3}])
    second = jobs.run(workflow_id, [{"n": 2}, {"n": 4}])

    assert [item["n"] for item in given(first, "new")] == [1, 3]
    assert [item["n"] for item in given(second, "new")] == [4]


def test_what_was_seen_before_is_told_apart(jobs: Jobs) -> None:
    table = {"name": "seen", "columns": [{"name": "entry", "type": "text"}], "key": "entry"}
    assert jobs.api.post("/api/data-tables/", table, format="json").status_code == 201
    workflow_id = jobs.imported("seen_before")
    jobs.run(workflow_id, [{"id": "a"}])
    second = jobs.run(workflow_id, [{"id": "a"}, {"id": "b"}])

    assert (given(second, "new"), given(second, "again")) == ([{"new": "b"}], [{"again": "a"}])


def test_bad_rows_leave_by_the_error_branch(jobs: Jobs) -> None:
    rows = [{"id": 1, "price": "12.5"}, {"id": 2, "price": "a lot"}, {"id": 3, "price": 7}]
    execution = jobs.run(jobs.imported("error_branch"), rows)

    assert given(execution, "sum") == [{"total": 19.5}]
    assert [row["row"] for row in given(execution, "bad")] == [2]


def test_a_map_collects_what_fails_and_is_repaired(jobs: Jobs, peer: Peer) -> None:
    for sku, price in (("a", 9), ("b", 5)):
        peer.answer(f"/{sku}", (200, {"Content-Type": "application/json"}, json.dumps({"price": price}).encode()))
    one = jobs.imported("check_one_price")
    articles = [{"sku": sku, "url": f"{peer.url}/{sku}"} for sku in ("a", "b", "gone")]
    execution = jobs.run(jobs.imported("check_all_prices", each={"workflow_id": one}), articles)

    assert [row["sku"] for row in given(execution, "ok")] == ["b", "a"]
    assert [row["sku"] for row in given(execution, "bad")] == ["gone"]


@pytest.mark.parametrize(("action", "end"), [("approve", "sent"), ("reject", "dropped")])
def test_a_large_order_waits_for_a_person(jobs: Jobs, action: str, end: str) -> None:
    workflow_id = jobs.imported("approve_large_orders")
    assert given(jobs.run(workflow_id, {"id": 1, "amount": 50, "customer": "Ada"}), "send") == [{"sent": 1}]

    order = {"id": 2, "amount": 500, "customer": "Ada"}
    started = jobs.api.post(f"{BASE}{workflow_id}/execute/", {"input": order}, format="json").json()
    jobs.engine.ring(started["id"])
    until(UUID(started["id"]), {"waiting"})
    (task,) = jobs.api.get("/api/orchestrator/hitl/pending/").json()["results"]
    assert (task["title"], task["context"]) == ("Order 2 of 500", {"Customer": "Ada", "Amount": 500})
    jobs.api.post(f"/api/orchestrator/hitl/{task['id']}/respond/", {"action": action}, format="json")
    jobs.engine.ring(started["id"])

    execution = finished(UUID(started["id"]))
    assert given(execution, "send" if action == "approve" else "drop") == [{end: 2}]


def test_two_csv_files_are_joined(jobs: Jobs) -> None:
    texts = {
        "orders": "order,customer,amount\n1,c1,10\n2,c2,5\n3,c1,7\n",
        "customers": "customer,name\nc1,Ada\nc2,Bob\n",
    }
    execution = jobs.run(jobs.imported("join_two_csv_files"), texts)

    (written,) = given(execution, "write")
    lines = ["order,customer,name,amount", "1,c1,Ada,10", "2,c2,Bob,5", "3,c1,Ada,7"]
    assert written["data"].split() == lines


@pytest.mark.parametrize(
    ("body", "node_id", "status"),
    [({"sku": "a", "quantity": 2}, "yes", 201), ({"sku": "a", "quantity": 0}, "no", 400), ({}, "no", 400)],
)
def test_a_webhook_validates_and_answers(jobs: Jobs, body: dict[str, Any], node_id: str, status: int) -> None:
    workflow_id = jobs.imported("validate_and_answer")
    deployed = jobs.api.post(f"{BASE}{workflow_id}/deploy/", {}, format="json").json()
    execution = jobs.run(workflow_id, {"body": body})

    assert deployed["triggers"][0]["url"].endswith("/validated-orders")
    assert NodeRun.objects.get(execution_id=execution.pk, node_id=node_id).status == "completed"
    other = {"yes": "no", "no": "yes"}[node_id]
    assert NodeRun.objects.get(execution_id=execution.pk, node_id=other).status == "skipped"


def test_a_form_runs_javascript(jobs: Jobs) -> None:
    fields = {"order": "o1", "price": 9.99, "reason": "no longer wanted"}
    execution = jobs.run(jobs.imported("form_with_javascript"), {"fields": fields})

    assert given(execution, "refund") == [{"order": "o1", "refund": 7.99}]


def test_all_pages_of_an_api_are_read(jobs: Jobs, peer: Peer) -> None:
    pages = [{"entries": [{"n": 1}, {"n": 2}]}, {"entries": [{"n": 3}]}, {"entries": []}]
    kind = {"Content-Type": "application/json"}
    peer.answer("/api", *((200, kind, json.dumps(page).encode()) for page in pages))
    execution = jobs.run(jobs.imported("all_pages_of_an_api"), {"url": f"{peer.url}/api"})

    found = [row for row in given(execution, "entries") if row]
    assert len(found) == 3
    assert len(peer.calls) == 3


def test_items_are_sent_in_batches(jobs: Jobs, peer: Peer) -> None:
    peer.answer("/take", (200, {}, b"{}"))
    rows = [{"n": n, "url": f"{peer.url}/take"} for n in range(5)]
    execution = jobs.run(jobs.imported("send_in_batches"), rows)

    assert given(execution, "done") == [{"calls": 3}]
    assert sorted(len(json.loads(call.body)) for call in peer.calls) == [1, 2, 2]


def test_a_report_is_made_of_a_table(jobs: Jobs) -> None:
    columns = [{"name": "order", "type": "text"}, {"name": "amount", "type": "number"}]
    table = jobs.api.post("/api/data-tables/", {"name": "orders", "columns": columns}, format="json").json()
    rows = [{"order": "a", "amount": 10}, {"order": "b", "amount": 2.5}]
    jobs.api.post(f"/api/data-tables/{table['id']}/rows/bulk/", {"operation": "insert", "rows": rows}, format="json")
    workflow_id = jobs.imported("nightly_report")
    server = stored(jobs.api, "smtp", "mail", host="127.0.0.1", port="1", security="none", username="a@example.org")
    document = jobs.api.get(f"{BASE}{workflow_id}/").json()
    next(node for node in document["nodes"] if node["id"] == "mail")["data"]["credentials"] = {"server": server["id"]}
    jobs.api.patch(f"{BASE}{workflow_id}/", {"nodes": document["nodes"]}, format="json")

    started = jobs.api.post(f"{BASE}{workflow_id}/execute/", {"input": {}}, format="json").json()
    jobs.engine.ring(started["id"])
    execution = finished(UUID(started["id"]))
    assert given(execution, "sum") == [{"revenue": 12.5, "orders": 2}]
    assert execution.error["code"] == "ssrf_blocked", "the mail server is this machine"


def test_a_signed_webhook_goes_on_with_one_kind_of_event(jobs: Jobs) -> None:
    workflow_id = jobs.imported("signed_webhook")
    secret = stored(jobs.api, "hmac", "hook", secret="a shared secret")
    document = jobs.api.get(f"{BASE}{workflow_id}/").json()
    next(node for node in document["nodes"] if node["id"] == "hook")["data"]["credentials"] = {"auth": secret["id"]}
    jobs.api.patch(f"{BASE}{workflow_id}/", {"nodes": document["nodes"]}, format="json")
    assert jobs.api.post(f"{BASE}{workflow_id}/deploy/", {}, format="json").status_code == 200

    paid = jobs.run(workflow_id, {"body": {"event": "invoice.paid", "id": 7}})
    assert given(paid, "out") == [{"invoice": 7}]
    other = jobs.run(workflow_id, {"body": {"event": "invoice.sent", "id": 8}})
    assert given(other, "paid") == []

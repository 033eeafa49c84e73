"""The templates that come with this software: loaded once and again, and each cloned and run against real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from templates import loading
from templates.models import Template, TemplateVersion
from tests.conftest import Peer
from tests.integration.executor.running import engine_thread, finished, until
from tests.integration.inference.models_engine import credential
from tests.providers import Provider, says, serving

pytestmark = pytest.mark.django_db(transaction=True)
BASE, FLOWS, TABLES = "/api/orchestrator/templates/", "/api/orchestrator/workflows/", "/api/data-tables/"
FILES = sorted(loading.LIBRARY.glob("*.json"))


Table = tuple[str, str | None, list[dict[str, Any]]]  # its columns, its key, its rows


@dataclass
class Case:
    """How a template is run: what pages answer, which tables there are, what goes in, what comes out where.

    `urls` are the nodes that call the peer, by the path they call; `gives` are the items of nodes; `posts` what the
    peer was sent, in order; `rows` are the rows of tables afterwards, without their ids.
    """

    value: Any = field(default_factory=dict[str, Any])
    urls: dict[str, str] = field(default_factory=dict[str, str])
    pages: dict[str, Any] = field(default_factory=dict[str, Any])
    tables: dict[str, Table] = field(default_factory=dict[str, Table])
    gives: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    posts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    answers: str = ""  # what the person says who is asked
    model: str = ""  # what the model says


RSS = "<rss><channel><item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item></channel></rss>"  # fmt: skip
INVOICE = {"number": "R1", "supplier": "Paper Ltd", "net": 2000, "tax": 380, "gross": 2380}
INVOICES: dict[str, Table] = {"invoices": ("number:text supplier:text gross:number state:text", "number", [])}
CASES: dict[str, Case] = {
    "page_change": Case(
        urls={"fetch": "/page", "tell": "/chat"}, pages={"/page": "<body>New text</body>"},
        tables={"watched pages": ("name:text hash:text", "name", [{"name": "page", "hash": "old"}])},
        posts=[{"text": "The page has changed: New text"}],
    ),
    "invoice_intake": Case(
        {"body": INVOICE}, tables=INVOICES, answers="approve",
        rows={"invoices": [{"number": "R1", "supplier": "Paper Ltd", "gross": 2380, "state": "approved"}]},
    ),
    "lead_enrichment": Case(
        {"body": {"email": "ada@firm.example", "name": "Ada"}}, urls={"company": "/company", "tell": "/chat"},
        pages={"/company": {"name": "Firm", "employees": 300}}, posts=[{"text": "New lead: Ada of Firm, score 80"}],
    ),
    "csv_clean_up": Case(
        {"data": "name,email,country\n Bob  B ,BOB@x.org,de\nAda,ada@x.org,\nBob,bob@x.org,de\nNobody,,fr\n"},
        gives={"write": ["name,email,country\nAda,ada@x.org,UNKNOWN\nBob B,bob@x.org,DE"]},
    ),
    "rss_digest": Case(
        urls={"fetch": "/feed", "tell": "/chat"}, pages={"/feed": RSS},
        posts=[{"text": "News of today\n• One: /1\n• Two: /2"}],
    ),
    "incident_triage": Case(
        {"body": {"service": "shop", "severity": "Critical", "text": "down"}}, urls={"page": "/pager", "note": "/chat"},
        tables={"alerts": ("alert:text times:number", "alert", [])}, posts=[{"title": "shop: down"}],
        rows={"alerts": [{"alert": "shop/down", "times": 1}]},
    ),
    "support_triage": Case(
        {"body": {"text": "I was billed twice"}}, urls={"money": "/money", "tech": "/tech"},
        model='{"topic": "billing", "is_urgent": true, "summary": "Billed twice"}',
        posts=[{"text": "URGENT Billing: Billed twice"}],
    ),
    "data_sync": Case(
        urls={"fetch": "/records"}, pages={"/records": [{"id": "a", "price": 5}, {"id": "b", "price": "much"}]},
        tables={"records": ("record:text price:number", "record", []), "records to repair": ("record:text content:json", "record", [])},
        rows={"records": [{"record": "a", "price": 5}], "records to repair": [{"record": "b", "content": {"id": "b", "price": "much"}}]},
    ),
    "nightly_report": Case(
        urls={"tell": "/chat"},
        tables={"orders": ("order:text amount:number", "order", [{"order": "1", "amount": 10}, {"order": "2", "amount": 2.5}])},
        posts=[{"text": "2 orders, 12.50 in all"}],
    ),
    "form_to_database": Case(
        {"name": " Ada ", "message": "Hello there"}, tables={"messages": ("name:text message:text", None, [])},
        rows={"messages": [{"name": "Ada", "message": "Hello there"}]},
    ),
    "uptime_check": Case(urls={"call": "/gone", "down": "/chat"}, gives={"fine": []}, posts=[{"text": ...}]),
    "price_watch": Case(
        urls={"fetch": "/shop", "tell": "/chat"}, pages={"/shop": "<h1>Lamp</h1><p class='price'>€ 79.50</p>"},
        posts=[{"text": "Lamp costs 79.5"}],
    ),
    "overdue_invoices": Case(
        urls={"write": "/mail"},
        tables={"open invoices": ("invoice:text customer:text amount:number due:text", "invoice", [
            {"invoice": "1", "customer": "Ada", "amount": 5, "due": "2020-01-01"},
            {"invoice": "2", "customer": "Ada", "amount": 6, "due": "2020-02-01"},
            {"invoice": "3", "customer": "Bob", "amount": 7, "due": "2999-01-01"},
        ])},
        posts=[{"customer": "Ada", "text": "2 invoices of together 11 are overdue."}],
    ),
    "new_signups_to_crm": Case(
        {"body": {"email": " Ada@X.org "}}, urls={"send": "/crm"},
        tables={"signups": ("email:text plan:text", "email", [])}, posts=[{"email": "ada@x.org", "plan": "free"}],
        rows={"signups": [{"email": "ada@x.org", "plan": "free"}]},
    ),
    "weekly_survey_summary": Case(
        urls={"tell": "/chat"},
        tables={"survey": ("team:text mood:number", None, [
            {"team": "a", "mood": 2}, {"team": "a", "mood": 3}, {"team": "b", "mood": 5},
        ])},
        posts=[{"text": "Team a: 2.5 of 5 in 2 answers"}],
    ),
    "vacation_request": Case(
        {"body": {"person": "Ada", "days": 3}}, answers="approve",
        tables={"vacation": ("person:text days_left:number", "person", [{"person": "Ada", "days_left": 10}])},
        rows={"vacation": [{"person": "Ada", "days_left": 7}]},
    ),
    "json_to_csv": Case(
        urls={"fetch": "/items"}, pages={"/items": [{"id": 1, "name": "Lamp", "price": 5, "x": 1}]},
        gives={"write": ["id,name,price\n1,Lamp,5"]},
    ),
    "xml_orders": Case(
        {"body": {"xml": "<orders><line sku='a' quantity='1'/><line sku='b' quantity='5'/><line sku='a' quantity='2'/></orders>"}},
        gives={"sort": [{"sku": "b", "quantity": 5}, {"sku": "a", "quantity": 3}]},
    ),
    "webhook_validate": Case(
        {"body": {"type": "paid", "id": "7"}}, urls={"send": "/events"}, posts=[{"id": "7", "type": "paid"}],
        gives={"no": []},
    ),
    "daily_backup_check": Case(
        urls={"list": "/list", "tell": "/chat"},
        pages={"/list": [{"at": "2026-01-01", "bytes": 9e6}, {"at": "2026-01-02", "bytes": 12}]},
        posts=[{"text": "The last backup of 2026-01-02 has only 12 bytes"}],
    ),
    "release_notes": Case(
        urls={"fetch": "/commits"},
        pages={"/commits": [{"message": "fix: a"}, {"message": "feat: b"}, {"message": "fix: c"}]},
        gives={"text": [{"text": "## Mended\n- a\n- c"}, {"text": "## New\n- b"}]},
    ),
    "meeting_notes": Case(
        {"body": {"text": "Ada writes the report"}}, model='{"tasks": [{"who": "Ada", "what": "write the report"}]}',
        tables={"tasks": ("who:text what:text", None, [])}, rows={"tasks": [{"who": "Ada", "what": "write the report"}]},
    ),
    "extract_to_table": Case(
        {"body": {"text": "Invoice R-17: please pay 120 EUR until 1 March 2026."}},
        model='{"number": "R-17", "total": 120, "due": "2026-03-01"}',
        tables={"extracted invoices": ("number:text total:number due:text", "number", [{"number": "R-17", "total": 5}])},
        rows={"extracted invoices": [{"number": "R-17", "total": 120, "due": "2026-03-01"}]},
    ),
    "chat_with_memory": Case({"message": "What is 6 times 7?", "conversation_id": "ada"}, model="It is 42."),
    "translate_replies": Case(
        {"body": {"from": "Ada", "text": "Guten Tag"}}, urls={"tell": "/chat"}, model="Good day",
        posts=[{"text": "Ada writes: Good day"}],
    ),
    "stock_alert": Case(
        urls={"send": "/orders"},
        tables={"stock": ("sku:text quantity:number minimum:number", "sku", [
            {"sku": "a", "quantity": 1, "minimum": 5}, {"sku": "b", "quantity": 9, "minimum": 5},
        ])},
        posts=[{"sku": "a", "quantity": 9}],
    ),
    "feedback_score": Case(
        {"body": {"customer": "Ada", "score": 3, "text": "Too slow"}}, urls={"tell": "/chat"},
        tables={"feedback": ("customer:text score:number text:text", None, [])}, posts=[{"text": "Ada gave 3: Too slow"}],
        rows={"feedback": [{"customer": "Ada", "score": 3, "text": "Too slow"}]},
    ),
    "join_orders_customers": Case(
        {"orders": "order,customer\n1,c1\n2,c9\n", "customers": "customer,name\nc1,Ada\n"},
        gives={"yes": [{"order": 1, "customer": "c1", "name": "Ada"}], "no": [{"order": 2, "problem": "no customer"}]},
    ),
}  # fmt: skip


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as scripted:
        yield scripted


@pytest.fixture
def engine(peer: Peer, provider: Provider, settings: Any) -> Iterator[EngineThread]:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host, provider.host]
    thread = engine_thread(allowed_hosts=[peer.host, provider.host])
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def test_there_are_enough_and_each_has_its_case() -> None:
    assert {path.stem for path in FILES} == set(CASES)
    assert len(FILES) >= 24


def test_loading_twice_changes_nothing_and_a_file_that_is_gone_takes_its_template_along(tmp_path: Path) -> None:
    count = len(FILES)
    assert (loading.load(), loading.load()) == ((count, count), (0, count))
    assert Template.objects.filter(status="production").count() == count
    for path in FILES[:2]:
        (tmp_path / path.name).write_text(path.read_text())
    assert loading.load(tmp_path) == (count - 2, 2)
    changed = json.loads(FILES[0].read_text())
    changed["workflow"]["nodes"][0]["data"]["label"] = "Another"
    (tmp_path / FILES[0].name).write_text(json.dumps(changed))
    assert loading.load(tmp_path) == (1, 2)
    assert TemplateVersion.objects.filter(template__library_key=FILES[0].stem).count() == 2


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_file_says_what_it_needs_and_shows_all_it_holds(path: Path) -> None:
    file = json.loads(path.read_text())
    made = loading.content_of(file)

    assert "## What it needs" in file["readme"]
    assert "## How it works" in file["readme"]
    assert made.findings == []
    shown = {node["id"]: node["data"]["params"] for node in made.graph["nodes"]}
    assert shown == {node["id"]: node["data"]["params"] for node in file["workflow"]["nodes"]}
    urls = {one["node_id"] for one in made.fields if one["field"] == "url"}
    calling = {node["id"] for node in file["workflow"]["nodes"] if node["type"] == "http_request"}
    assert urls == calling


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_clone_does_what_its_template_says(
    path: Path, api: APIClient, engine: EngineThread, peer: Peer, provider: Provider
) -> None:
    case = CASES[path.stem]
    loading.load()
    template = Template.objects.get(library_key=path.stem)
    for name, (columns, key, rows) in case.tables.items():
        _make_table(api, name, columns, key, rows)
    for page, answer in case.pages.items():
        is_text = isinstance(answer, str)
        kind = "text/html" if is_text else "application/json"
        peer.answer(page, (200, {"Content-Type": kind}, (answer if is_text else json.dumps(answer)).encode()))
    for page in set(case.urls.values()) - set(case.pages) - {"/gone"}:
        peer.answer(page, (200, {"Content-Type": "application/json"}, b"{}"))
    values = {f"{node_id}.url": f"{peer.url}{page}" for node_id, page in case.urls.items()}
    reply = api.post(f"{BASE}{template.pk}/clone/", {"values": values}, format="json")
    assert reply.status_code == 201, reply.json()
    workflow_id = reply.json()["id"]
    if case.model:
        provider.script(says(case.model))
        llm = {"provider": "openai", "model": "m1", "credential_id": credential(api, provider, "openai")}
        assert api.patch(f"{FLOWS}{workflow_id}/", {"llm": llm}, format="json").status_code == 200

    execution = _run(api, engine, workflow_id, case)

    assert execution.state.status == "completed", execution.error
    told = [json.loads(call.body) for call in peer.calls if call.method == "POST"]
    assert [one.keys() for one in told] == [one.keys() for one in case.posts]
    for one, wanted in zip(told, case.posts, strict=True):
        assert {key: one[key] for key in one if wanted[key] is not ...} == {
            key: value for key, value in wanted.items() if value is not ...
        }
    for node_id, wanted_items in case.gives.items():
        assert _given(execution, node_id) == wanted_items
    for name, wanted_rows in case.rows.items():
        assert _rows(api, name) == wanted_rows


def _make_table(api: APIClient, name: str, columns: str, key: str | None, rows: list[dict[str, Any]]) -> None:
    made = [{"name": one.split(":")[0], "type": one.split(":")[1]} for one in columns.split()]
    reply = api.post(TABLES, {"name": name, "columns": made, "key": key}, format="json")
    assert reply.status_code == 201, reply.json()
    for row in rows:
        sent = api.post(f"{TABLES}{reply.json()['id']}/rows/", {"values": row}, format="json")
        assert sent.status_code == 201, sent.json()


def _rows(api: APIClient, name: str) -> list[dict[str, Any]]:
    table = next(one for one in api.get(TABLES).json()["results"] if one["name"] == name)
    rows = api.get(f"{TABLES}{table['id']}/rows/", {"ordering": "created_at"}).json()["results"]
    return [row["values"] for row in rows]


def _run(api: APIClient, engine: EngineThread, workflow_id: str, case: Case) -> Any:
    started = api.post(f"{FLOWS}{workflow_id}/execute/", {"input": case.value}, format="json")
    assert started.status_code == 202, started.json()
    execution_id = UUID(started.json()["id"])
    engine.ring(str(execution_id))
    if case.answers:
        until(execution_id, {"waiting"})
        (task,) = api.get("/api/orchestrator/hitl/pending/").json()["results"]
        api.post(f"/api/orchestrator/hitl/{task['id']}/respond/", {"action": case.answers}, format="json")
        engine.ring(str(execution_id))
    return finished(execution_id)


def _given(execution: Any, node_id: str) -> list[Any]:
    """Return what a node gave by its first output; of a text of CSV the text alone."""
    found = NodeRun.objects.filter(execution_id=execution.pk, node_id=node_id).first()
    items = [item["json"] for item in ((found.outputs or {}) if found else {}).get("main", [])]
    return [item["data"].replace("\r\n", "\n").strip() if item.keys() == {"data"} else item for item in items]

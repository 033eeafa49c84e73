"""Canaries: secrets of many kinds in each place a workflow can hold text, none of them in anything that others see."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.utils import timezone
from rest_framework.test import APIClient

from core.json import canonical
from core.models import AuditEntry, User
from core.text.scrubbing import Secrets
from templates import following
from templates.domain.documents import scrubbed_graph
from templates.domain.texts import Known, Place, scrubbed_text
from templates.models import Template, TemplateVersion
from tests.integration.templates.canaries import CANARIES, Canary

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_model")]
BASE, FLOWS = "/api/orchestrator/templates/", "/api/orchestrator/workflows/"
STORED = "Kr4nich!am-See"  # a value that only the vault knows to be one
KEPT = "Blaue Dohle, siebter Stock"  # a secret variable
NAME = "Acme prod no. 7"


def everywhere(text: str, credential_id: str) -> dict[str, Any]:
    """Return a workflow with a text in each place that takes one."""
    safe_id = f"n {text}"[:64]
    nodes = [
        {"id": "start", "type": "manual_trigger", "position": {"x": 0, "y": 0}, "data": {"label": "Start", "params": {}}},
        {
            "id": safe_id, "type": "http_request", "position": {"x": 1, "y": 1},
            "data": {
                "label": text[:200], "credentials": {"auth": credential_id}, "notes": text, "extra": {"deep": [{"in": text}]},
                "tool_description": text[:4000],
                "params": {
                    "url": f"https://api.example.org/{text}", "headers": {"X-Note": text, text[:80]: "v"}, "body": {"a": [text]},
                },
            },
        },
        {"id": "code", "type": "code", "position": {"x": 2, "y": 2}, "data": {"label": "Code", "params": {
            "code": "# " + text.replace("\n", "\n# ") + f"\nitems = []\nvalue = '''{text}'''\nreturn items\n"}}},
        {"id": "set", "type": "set", "position": {"x": 3, "y": 3}, "data": {"label": "Set", "params": {
            "assignments": [{"name": "a", "value": text}, {"name": "b", "value": f"{{{{ $json.x + {json.dumps(text)} }}}}"}]}}},
        {"id": "note", "type": "note", "position": {"x": 4, "y": 4}, "data": {"label": "", "text": text}},
    ]  # fmt: skip
    edges = [
        {"id": f"e {text}"[:200], "source": "start", "target": safe_id, "label": text},
        {"id": "e2", "source": "start", "target": "code", "data": {"note": text}},
        {"id": "e3", "source": "start", "target": "set"},
    ]
    return {
        "nodes": nodes, "edges": edges, "viewport": {"x": 0, "y": 0, "zoom": 1},
        "settings": {"timezone": "UTC", "error_workflow_id": str(uuid4())},
    }  # fmt: skip


def strayed(canary: Canary, value: Any) -> bool:
    """Tell whether a secret stands in a value, in any of the forms it travels in."""
    secrets = Secrets()
    secrets.add([canary.secret])
    return secrets.stand_in(canonical(value))


@pytest.mark.parametrize("canary", CANARIES, ids=[canary.kind for canary in CANARIES])
def test_no_place_of_a_graph_lets_a_secret_out(canary: Canary) -> None:
    made = scrubbed_graph(everywhere(canary.text, "c"), Known())

    assert not strayed(canary, made.value)
    assert made.masked or made.findings


@pytest.mark.parametrize("canary", CANARIES, ids=[canary.kind for canary in CANARIES])
@pytest.mark.parametrize(
    "around", ["a\\n{}\\nb", "a\\t{}", "<p>{}</p>", "[{}]", "x ({}), y", "first line\n{}\nlast line"]
)
def test_what_stands_around_a_secret_does_not_hide_it(canary: Canary, around: str) -> None:
    made = scrubbed_graph(everywhere(around.replace("{}", canary.text), "c"), Known())

    assert not strayed(canary, made.value)


def test_there_are_enough_kinds() -> None:
    assert len({canary.kind for canary in CANARIES}) == len(CANARIES) >= 60


def test_nothing_of_an_account_is_in_what_others_see(
    api: APIClient, user: User, other_api: APIClient, django_user_model: Any
) -> None:
    """The road from end to end: publish, follow, clone, search; each row that others read, and each answer."""
    made = api.post(
        "/api/credentials/", {"name": NAME, "type": "http_bearer", "data": {"token": STORED}}, format="json"
    )
    credential_id = made.json()["id"]
    variable = api.post("/api/variables/", {"name": "door", "value": KEPT, "is_secret": True}, format="json")
    assert variable.status_code == 201, variable.json()
    text = " \n".join(
        [*(canary.text for canary in CANARIES), f"{NAME} {STORED} {KEPT} {user.pk} {user.email} {credential_id}"]
    )
    body = {
        **everywhere(text, credential_id), "name": f"Shop {CANARIES[0].secret}", "description": text[:9000],
        "pinned_data": {"code": {"main": [{"json": {"k": text}}]}}, "modifiable_fields": ["set.assignments"],
        "tags": ["shop"], "llm": {"provider": "openai", "model": "m", "credential_id": credential_id},
    }  # fmt: skip
    body["nodes"][1]["data"]["params"] = {"url": "https://api.example.org/x", "headers": {"X-Note": text}}
    body["nodes"][2]["data"]["params"] = {"code": f"# {STORED}\nreturn items\n"}
    reply = api.post(FLOWS, body, format="json")
    assert reply.status_code == 201, reply.json()
    asked = {
        "workflow_id": reply.json()["id"], "category": "data", "confirm_pii": True, "readme": text[:40_000],
        "tags": ["shop", CANARIES[0].secret],
    }  # fmt: skip
    refused = api.post(f"{BASE}publish/", {**asked, "confirm_pii": False}, format="json")
    published = api.post(f"{BASE}publish/", asked, format="json")
    assert (refused.status_code, published.status_code) == (409, 201), published.json()
    path = f"{BASE}{published.json()['id']}/"
    more = {
        "nodes": [*body["nodes"], _more(text)],
        "edges": [*body["edges"], {"id": "m", "source": "start", "target": "more"}],
    }
    changed = api.patch(f"{FLOWS}{asked['workflow_id']}/", more, format="json")
    assert changed.status_code == 200, changed.json()
    following.follow(UUID(published.json()["id"]), now=timezone.now())
    clone = other_api.post(f"{path}clone/", {}, format="json")
    assert clone.status_code == 201, clone.json()
    rated = api.put(f"{path}rating/", {"stars": 4, "review": text[-4900:]}, format="json")
    assert rated.status_code == 200, rated.json()

    template = Template.objects.get()
    assert template.held is None
    assert template.versions.count() == 2
    seen = {
        "refused": refused.json()["findings"],
        "published": published.json(),
        "detail": api.get(path).json() | {"workflow_id": None, "author": None},
        "others": other_api.get(path).json() | {"workflow_id": None, "author": None},
        "list": other_api.get(BASE).json()["results"][0] | {"workflow_id": None, "author": None},
        "search": other_api.get(f"{BASE}search/", {"q": "shop"}).json()["results"][0] | {"author": None},
        "old": other_api.get(f"{path}versions/1/").json(),
        "new": other_api.get(f"{path}versions/2/").json(),
        "clone": {**clone.json(), "owner_id": None},
        "rows": [
            _row(one) for model in apps.get_app_config("templates").get_models() for one in model._default_manager.all()
        ],
        "audit": list(AuditEntry.objects.filter(object_type="template").values_list("changes", flat=True)),
    }
    own = [
        Canary("stored value", "", STORED), Canary("variable", "", KEPT), Canary("credential's name", "", NAME),
        Canary("credential's id", "", credential_id), Canary("e-mail", "", user.email),
    ]  # fmt: skip
    seen["published"]["author"] = None
    found = {place: [one.kind for one in (*CANARIES, *own) if strayed(one, value)] for place, value in seen.items()}
    assert found == {place: [] for place in seen}
    owner = Canary("owner", "", str(user.pk))
    assert [place for place, value in seen.items() if strayed(owner, value)] in ([], ["rows"])  # whose rating it is
    assert TemplateVersion.objects.filter(nodes__contains=[{"data": {"credentials": {"auth": None}}}]).count() == 2


def _more(text: str) -> dict[str, Any]:
    return {
        "id": "more", "type": "set", "position": {"x": 9, "y": 9},
        "data": {"label": "More", "params": {"assignments": [{"name": "a", "value": text}]}},
    }  # fmt: skip


def _row(one: Any) -> dict[str, Any]:
    return {field.name: str(getattr(one, field.attname)) for field in one._meta.concrete_fields}


PLAIN = (
    "{{ $json.total }} of {{ $now }}", "https://api.example.org/v1/items?page=2&limit=50&sort=created_at",
    "2026-11-27T03:04:05.123456Z", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "getUserAccountDetailsByEmailAddress", "{{ $('Log in').item.json.access_token }}",
    "Basic knowledge of SQL is enough", "claude-3-5-sonnet-20241022", "Europe/Berlin", "{{ $json.config.local }}",
    "Token count and key figures", "sha256", "https://en.wikipedia.org/wiki/Special:Search?search={{ $json.word }}",
    "0 */15 6-22 * * 1-5", "Bearer {{ $json.token }}", "{{ $json.headers['x-api-key'] }}",
    "orders_2026_final_version_for_review.csv", "body > div.content .price:nth-child(2)",
)  # fmt: skip
CODE = (
    "sort(key='name')", "const rows = items.filter(i => i.json.status === 'open')", "token = response.json()",
    "for item in self.local: pass", "const token = items[0].json.token", "{token: row.token, password: row.hash}",
    "return [{'json': {'id': i, 'name': f'Row {i}'}} for i in range(10)]", "key = row['key']  # the column's name",
)  # fmt: skip


@pytest.mark.parametrize(("text", "is_code"), [*((one, False) for one in PLAIN), *((one, True) for one in CODE)])
def test_what_is_no_secret_stays(text: str, is_code: bool) -> None:
    place = Place(is_code=is_code)
    assert (scrubbed_text(text, Known(), place), place.kinds) == (text, set())


def test_a_value_that_cannot_be_masked_is_not_published(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last look: where scrubbing missed what the vault holds, nothing is shown."""
    api.post("/api/credentials/", {"name": "x", "type": "http_bearer", "data": {"token": STORED}}, format="json")
    node = {
        "id": "a",
        "type": "set",
        "position": {"x": 0, "y": 0},
        "data": {"label": STORED, "params": {"assignments": []}},
    }
    start = {"id": "s", "type": "manual_trigger", "position": {"x": 0, "y": 0}, "data": {"label": "s", "params": {}}}
    edge = {"id": "e", "source": "s", "target": "a"}
    flow = api.post(FLOWS, {"name": "W", "nodes": [start, node], "edges": [edge]}, format="json").json()["id"]
    monkeypatch.setattr("templates.domain.documents.scrubbed_text", lambda text, known, place: text)
    reply = api.post(f"{BASE}publish/", {"workflow_id": flow, "category": "data"}, format="json")

    assert (reply.status_code, reply.json()["code"]) == (422, "secret_remains")
    assert Template.objects.count() == 0

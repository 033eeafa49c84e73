"""Files of workflows: ours there and back, n8n's as structure."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from rest_framework.test import APIClient

from orchestrator.models import Workflow
from tests.builders import chain, edge, graph, node, set_node

pytestmark = pytest.mark.django_db
BASE = "/api/orchestrator/workflows/"
GRAPH_KEYS = ("nodes", "edges", "viewport", "settings", "tags", "description")
N8N: dict[str, Any] = {
    "name": "Orders\tin",
    "active": True,
    "nodes": [
        {"id": "1", "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0],
         "parameters": {}},
        {"id": "2", "name": "Is it?", "type": "n8n-nodes-base.if", "typeVersion": 2.2, "position": [220, 10],
         "parameters": {"conditions": {"leftValue": "={{ $json.a }}"}}, "onError": "continueErrorOutput"},
        {"id": "2", "name": "Tell", "type": "n8n-nodes-base.slack", "typeVersion": 2, "position": [440, 0],
         "parameters": {"text": "=Hi {{ $json.a }} and {{ $json.b }}", "channel": "plain"}, "disabled": True,
         "retryOnFail": True, "maxTries": 4, "credentials": {"slackApi": {"id": "9", "name": "Team"}}, "webhookId": "w"},
        {"name": "Note", "type": "n8n-nodes-base.stickyNote", "position": [0, 200],
         "parameters": {"content": "# Hello", "width": 300, "height": 90, "color": 3}},
        {"name": "Agent", "type": "@n8n/n8n-nodes-langchain.agent", "position": [660, 0], "parameters": {}},
        {"name": "Model", "type": "@n8n/n8n-nodes-langchain.lmChatOpenAi", "position": [660, 200], "parameters": {}},
    ],
    "connections": {
        "Start": {"main": [[{"node": "Is it?", "type": "main", "index": 0}]]},
        "Is it?": {"main": [[{"node": "Tell", "type": "main", "index": 0}], None, [{"node": "Gone", "index": 0}],
                            [{"node": "Agent", "type": "main", "index": 1}]]},
        "Model": {"ai_languageModel": [[{"node": "Agent", "type": "ai_languageModel", "index": 0}]]},
    },
    "settings": {"executionOrder": "v1", "timezone": "Europe/Berlin", "executionTimeout": 60, "errorWorkflow": "x"},
    "pinData": {"Start": [{"json": {"a": 1}, "pairedItem": 0}]},
    "tags": [{"name": "sales"}, "new"],
}  # fmt: skip


def bring(api: APIClient, document: Any, **more: Any) -> Any:
    return api.post(f"{BASE}import/", {"document": document, **more}, format="json")


def test_an_n8n_workflow_becomes_nodes_edges_and_notes(api: APIClient) -> None:
    reply = bring(api, N8N)
    assert reply.status_code == 201, reply.content
    made, report = reply.json()["workflow"], reply.json()["report"]
    nodes = {one["data"]["label"]: one for one in made["nodes"]}
    ids = {one["id"]: one["data"]["label"] for one in made["nodes"]}

    assert (made["name"], made["status"], made["tags"]) == ("Orders in", "draft", ["sales", "new"])
    assert (made["settings"]["timezone"], made["settings"]["timeout_s"]) == ("Europe/Berlin", 60)
    assert [one["type"] for one in made["nodes"]][:4] == [
        "manual_trigger", "n8n:n8n-nodes-base.if", "n8n:n8n-nodes-base.slack", "note",
    ]  # fmt: skip
    assert nodes[""]["data"]["params"] == {"text": "# Hello"}
    tell = nodes["Tell"]["data"]
    assert tell["params"] == N8N["nodes"][2]["parameters"]
    assert tell["settings"] == {"disabled": True, "retry": {"max_attempts": 4, "delay_s": 1.0, "backoff": 1}}
    assert (tell["source"]["typeVersion"], tell["source"]["webhookId"]) == (2, "w")
    assert [(ids[e["source"]], e["sourceHandle"], ids[e["target"]], e["targetHandle"]) for e in made["edges"]] == [
        ("Start", "main", "Is it?", "main"), ("Is it?", "true", "Tell", "main"), ("Is it?", "output_4", "Agent", "input_2"),
        ("Model", "ai_languageModel", "Agent", "ai_languageModel"),
    ]  # fmt: skip
    assert made["pinned_data"] == {nodes["Start"]["id"]: {"main": [{"json": {"a": 1}}]}}
    assert (report["source"], report["nodes_total"], report["nodes_mapped"]) == ("n8n", 6, 2)
    assert report["placeholders"][0]["original_type"] == "n8n-nodes-base.if"
    assert (report["expressions_total"], len(report["expressions_untranslated"])) == (2, 2)
    assert report["credentials_needed"][0]["name"] == "Team"
    assert any("leads nowhere" in warning for warning in report["warnings"])


def test_a_placeholder_survives_saving_and_versions_unchanged(api: APIClient) -> None:
    made = bring(api, N8N).json()["workflow"]
    path = f"{BASE}{made['id']}/"

    saved = api.put(path, {**made, "description": "again"}, format="json").json()
    stored = api.get(f"{path}versions/{saved['version']}/").json()

    assert saved["nodes"] == made["nodes"]
    by_id = {one["id"]: one for one in made["nodes"]}
    for one in stored["nodes"]:
        before = by_id[one["id"]]
        assert {**one["data"], **before["data"]} == one["data"]
        assert {key: one[key] for key in ("type", "position")} == {key: before[key] for key in ("type", "position")}
    assert api.post(f"/api/workflows/{made['id']}/validate/").json()["valid"] is False


@pytest.mark.parametrize("wanted", ["json", "yaml"])
def test_a_file_of_ours_goes_there_and_back(api: APIClient, other_api: APIClient, wanted: str) -> None:
    secret = api.post("/api/credentials/", {"name": "Login", "type": "http_bearer", "data": {"token": "s3cret"}},
                      format="json").json()  # fmt: skip
    call = node("call", "http_request", {"url": "https://example.org/{{ $json.id }}"})
    call["data"]["credentials"] = {"auth": secret["id"]}
    document = graph([call, set_node("a", when="2026-01-01", yes="yes", text="ä\n\tb: c")], [edge("call", "a")])
    made = api.post(BASE, {"name": "Orders", "tags": ["a"], **document}, format="json").json()

    file = api.get(f"{BASE}{made['id']}/export/?format={wanted}")
    text = file.content.decode()
    reply = bring(other_api, text)

    assert reply.status_code == 201, reply.content
    assert (file["Content-Type"], "attachment" in file["Content-Disposition"]) == (f"application/{wanted}", True)
    assert secret["id"] not in text
    assert "s3cret" not in text
    read = json.loads(text) if wanted == "json" else yaml.safe_load(text)
    assert read["credentials_needed"] == [{"node_id": "call", "slot": "auth", "type": "http_bearer", "name": "Login"}]
    brought = reply.json()["workflow"]
    call["data"]["credentials"] = {"auth": None}
    assert brought["nodes"] == read["nodes"]
    assert {key: brought[key] for key in ("edges", "tags", "description")} == {
        key: made[key] for key in ("edges", "tags", "description")
    }
    assert reply.json()["report"]["placeholders"] == []
    assert other_api.get(f"{BASE}{brought['id']}/versions/").json()["results"][0]["source"] == "import"
    again = other_api.get(f"{BASE}{brought['id']}/export/").json()
    assert {key: again[key] for key in GRAPH_KEYS} == {key: read[key] for key in GRAPH_KEYS}
    assert other_api.get(f"{BASE}{made['id']}/export/").status_code == 404


@pytest.mark.parametrize("wanted", ["json", "yaml"])
@pytest.mark.parametrize("size", [600_000, 3_000_000])
def test_what_is_exported_can_be_imported_whatever_its_size(
    api: APIClient, other_api: APIClient, wanted: str, size: int
) -> None:
    nested = [[[number, '"'] for number in range(size // 20)]]
    document = chain(set_node("a", large='"x": "y"\n' * (size // 20), nested=nested))
    made = api.post(BASE, {"name": "Large", **document}, format="json")
    assert made.status_code == 201, made.content[:500]

    text = api.get(f"{BASE}{made.json()['id']}/export/?format={wanted}").content.decode()
    reply = bring(other_api, text)

    assert reply.status_code == 201, reply.content[:500]
    assert reply.json()["workflow"]["nodes"] == made.json()["nodes"]


def test_what_no_other_door_could_save_again_is_not_imported(api: APIClient, settings: Any) -> None:
    limit = settings.JSON_BODY_MAX_BYTES
    fits, too_large = (chain(set_node("a", large="x" * size)) for size in (limit - 2000, limit + 1))

    for document in (too_large, json.dumps(too_large)):
        refused = bring(api, document)
        assert (refused.status_code, refused.json()["code"], refused.json()["limit_bytes"]) == (
            413,
            "payload_too_large",
            limit,
        )
    assert not Workflow.objects.exists()
    made = bring(api, fits).json()["workflow"]
    assert api.put(f"{BASE}{made['id']}/", {"name": "again", **fits}, format="json").status_code == 200


@pytest.mark.parametrize(
    "text", ["heddle: 1\nnodes: " + "[" * 300_000, "a: &x [1]\nnodes: *x", "- " * 300_000, "? " * 300_000,
             "a: !!bool x", "a: !!int ''", "a: !!timestamp x", "a: 1" + ":1" * 1_000_000],
)  # fmt: skip
def test_yaml_that_multiplies_goes_deep_or_has_tags_is_refused_before_anything_is_made_of_it(
    api: APIClient, text: str
) -> None:
    reply = bring(api, text)
    assert (reply.status_code, reply.json()["code"]) == (422, "import_unreadable")


def test_a_dry_run_keeps_nothing_and_a_taken_name_is_counted_on(api: APIClient) -> None:
    document = {
        "heddle": 1,
        "name": "Orders",
        **chain(set_node("a", x=1), node("b", "from_elsewhere", {"deep": {"a": 1}})),
    }

    dry = bring(api, document, dry_run=True)
    kept = Workflow.objects.count()
    names = [bring(api, document).json()["workflow"]["name"] for _ in range(2)]
    named = bring(api, document, name="Orders")

    assert (dry.status_code, kept) == (200, 0)
    assert dry.json()["report"]["placeholders"] == [{"node_id": "b", "label": "b", "original_type": "from_elsewhere"}]
    assert names == ["Orders", "Orders (2)"]
    assert (named.status_code, named.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize(
    "document",
    ["", "just text", "{", "[1, 2]", "a: &x [1]\nb: *x", {}, {"heddle": 2, "nodes": []}, {"nodes": 1, "edges": []},
     {"nodes": [{"type": "a"}], "edges": []}, {"nodes": [{"name": "a"}], "connections": {}}, {"nodes": ["a"], "connections": {}},
     {"nodes": [], "connections": [], "meta": 1}, {"nodes": [{"id": "a", "type": "x"}] * 2, "edges": []},
     {"nodes": [{"type": "x", "parameters": {"__proto__": {}}}], "connections": {}}, "- " * 5000 + "a",
     {"kind": "app", "app": {"mode": "workflow"}}, {"data": {"nodes": [], "edges": []}},
     {"nodes": [{"type": "t", "name": str(at)} for at in range(2001)], "connections": {}},
     {"nodes": [], "edges": [], "settings": {"timezone": "Nowhere"}}, {"nodes": [], "edges": [], "tags": "x"}],
)  # fmt: skip
def test_what_is_no_workflow_is_refused_whole(api: APIClient, document: Any) -> None:
    reply = bring(api, document)
    assert (reply.status_code, reply.json()["code"]) == (422, "import_unreadable"), reply.content
    assert not Workflow.objects.exists()


def test_an_n8n_node_without_a_position_gets_none_of_ours(api: APIClient) -> None:
    placed, *others = [{"name": name, "type": "n8n-nodes-base.noOp"} for name in ("Placed", "Bare", "Odd")]
    nodes = [{**placed, "position": [10, 20]}, others[0], {**others[1], "position": "left"}]
    made = bring(api, {"nodes": nodes, "connections": {}}).json()["workflow"]["nodes"]
    assert ["position" in one for one in made] == [True, False, False]
    assert made[0]["position"]["y"] == 20


@pytest.mark.parametrize(
    "change",
    [{"nodes": [{"type": "a", "name": 5, "id": 7, "position": "x", "parameters": [], "credentials": [1], "maxTries": "x"}]},
     {"connections": {"Start": [1], "x": {"main": 5}, "y": {"main": [[1]]}, "z": None}}, {"settings": []}, {"tags": "abc"},
     {"pinData": [1]}, {"pinData": {"Start": {"a": 1}}}, {"pinData": {"Start": [1, None]}}, {"name": None}, {"name": {}},
     {"settings": {"timezone": 5, "executionTimeout": "x"}}, {"description": ["x"]}, {"tags": 5}],
)  # fmt: skip
def test_odd_parts_of_an_n8n_file_do_no_harm(api: APIClient, change: dict[str, Any]) -> None:
    reply = bring(api, {**N8N, **change})
    assert reply.status_code in (201, 422), reply.content


def github_file(**parameters: Any) -> dict[str, Any]:
    trigger = {
        "id": "g", "name": "On push", "type": "n8n-nodes-base.githubTrigger", "typeVersion": 1, "position": [0, 0],
        "webhookId": "x", "parameters": parameters, "credentials": {"githubApi": {"id": "1", "name": "My GitHub"}},
    }  # fmt: skip
    return {"name": "G", "nodes": [trigger], "connections": {}}


@pytest.mark.parametrize(
    ("owner", "repository"),
    [
        ("octo", "spoon"),
        ({"__rl": True, "mode": "name", "value": "octo"}, {"__rl": True, "mode": "list", "value": "spoon"}),
        (
            {"mode": "url", "value": "https://github.com/octo"},
            {"mode": "url", "value": "https://github.com/octo/spoon"},
        ),
    ],
)
def test_n8n_s_github_trigger_becomes_ours(api: APIClient, owner: Any, repository: Any) -> None:
    file = github_file(owner=owner, repository=repository, events=["push", "*", "organization"])
    reply = bring(api, file)
    assert reply.status_code == 201, reply.json()
    (made,) = reply.json()["workflow"]["nodes"]
    assert made["type"] == "github_trigger"
    assert made["data"]["params"] == {"owner": "octo", "repository": "spoon", "events": ["push", "all"]}
    report = reply.json()["report"]
    assert (report["nodes_mapped"], report["placeholders"]) == (1, [])
    assert report["warnings"] == ["On push: events that are not taken over: organization"]
    wanted = {"node_id": made["id"], "slot": "github", "type": "github", "name": "My GitHub"}
    assert [{key: one[key] for key in wanted} for one in report["credentials_needed"]] == [wanted]


@pytest.mark.parametrize(
    "parameters",
    [
        {"owner": "={{ $json.owner }}", "repository": "spoon", "events": ["push"]},
        {"owner": "octo", "repository": {"mode": "url", "value": "https://github.com/octo"}, "events": ["push"]},
        {"owner": "octo", "repository": "spoon", "events": ["organization"]},
        {},
    ],
)
def test_a_github_trigger_that_cannot_be_told_stays_a_placeholder(api: APIClient, parameters: dict[str, Any]) -> None:
    reply = bring(api, github_file(**parameters))
    (made,) = reply.json()["workflow"]["nodes"]
    assert (made["type"], made["data"]["params"]) == ("n8n:n8n-nodes-base.githubTrigger", parameters)

"""Workflows: saving, versions, conflicts, deploying, compiling. No worker is needed for these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from core.ids import new_id
from core.models import ProcessHeartbeat, User
from executor.models import Execution
from nodes.builtin import BUILTIN
from orchestrator.models import Workflow
from tests.builders import chain, edge, graph, node, set_node

pytestmark = pytest.mark.django_db
BASE = "/api/orchestrator/workflows/"


def make(api: APIClient, document: dict[str, Any] | None = None, name: str = "Orders") -> dict[str, Any]:
    reply = api.post(BASE, {"name": name, **(document or chain(set_node("a", x=1)))}, format="json")
    assert reply.status_code == 201, reply.content
    return dict(reply.json())


def versions(api: APIClient, made: dict[str, Any]) -> list[tuple[int, str]]:
    return [(row["number"], row["source"]) for row in api.get(f"{BASE}{made['id']}/versions/").json()["results"]]


def test_a_new_workflow_has_a_version_and_all_its_fields(api: APIClient) -> None:
    made = make(api)

    assert (made["revision"], made["version"], made["status"], made["my_role"]) == (1, 1, "draft", "owner")
    assert made["settings"]["timeout_s"] == 300
    assert versions(api, made) == [(1, "create")]
    listed = api.get(BASE).json()["results"][0]
    assert listed["node_count"] == 2
    assert not {"nodes", "edges", "viewport", "pinned_data"} & listed.keys()


def test_a_list_of_workflows_reads_none_of_their_graphs(api: APIClient) -> None:
    made = make(api, graph([node("t", "webhook_trigger", {"path": "x"}), node("z")], [edge("t", "z")]))
    with CaptureQueriesContext(connection) as list_:
        [listed] = api.get(BASE).json()["results"]
    assert (listed["node_count"], listed["trigger_kinds"]) == (3, ["manual_trigger", "webhook_trigger"])
    with CaptureQueriesContext(connection) as of_versions:
        assert api.get(f"{BASE}{made['id']}/versions/").json()["results"][0]["is_deployed"] is False
    read = ['"edges"' in query["sql"] for query in (*list_, *of_versions)]
    assert read.count(True) == 1, "of the one that is asked about, to see that it is there"


def test_put_makes_a_version_patch_does_not_and_the_same_again_changes_nothing(api: APIClient) -> None:
    made = make(api)
    path = f"{BASE}{made['id']}/"
    body = {"name": "Orders", **chain(set_node("a", x=2))}

    put = api.put(path, body, format="json").json()
    same = api.put(path, put, format="json").json()
    patched = api.patch(path, {"description": "new"}, format="json").json()

    assert (put["revision"], put["version"]) == (2, 2)
    assert (same["revision"], same["version"]) == (2, 2)
    assert (patched["revision"], patched["version"], patched["description"]) == (3, 2, "new")
    assert patched["nodes"] == put["nodes"]


def test_what_an_unversioned_save_held_is_kept_before_it_is_replaced(api: APIClient) -> None:
    made = make(api)
    path = f"{BASE}{made['id']}/"
    api.patch(path, chain(set_node("a", x="draft")), format="json")

    api.put(path, {"name": "Orders", **chain(set_node("a", x="final"))}, format="json")

    assert versions(api, made) == [(3, "save"), (2, "snapshot"), (1, "create")]
    kept = api.get(f"{path}versions/2/").json()
    assert kept["nodes"][1]["data"]["params"]["assignments"][0]["value"] == "draft"


def test_of_two_saves_on_one_revision_the_second_is_refused_and_nothing_is_lost(api: APIClient) -> None:
    made = make(api)
    path = f"{BASE}{made['id']}/"

    for wrong in ('""', 'W/""', "x", '"1", "2"'):
        refused = api.put(path, {"name": "Blind"}, format="json", HTTP_IF_MATCH=wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "If-Match"), wrong
    first = api.put(path, {"name": "First"}, format="json", HTTP_IF_MATCH='"1"')
    second = api.put(path, {"name": "Second"}, format="json", HTTP_IF_MATCH='"1"')

    assert first.status_code == 200
    assert (second.status_code, second.json()["code"], second.json()["revision"]) == (412, "revision_conflict", 2)
    assert api.get(path).json()["name"] == "First"
    assert api.get(path)["ETag"] == '"2"'


def test_restore_brings_an_old_version_back_as_a_new_one(api: APIClient) -> None:
    made = make(api)
    path = f"{BASE}{made['id']}/"
    api.put(path, {"name": "Orders", **chain(set_node("a", x=2), node("b"))}, format="json")

    back = api.post(f"{path}versions/1/restore/").json()

    assert [entry["id"] for entry in back["nodes"]] == ["start", "a"]
    assert versions(api, made) == [(3, "restore"), (2, "save"), (1, "create")]
    diff = api.get(f"{path}versions/2/diff/").json()
    assert diff["nodes"]["added"] == ["b"]
    assert diff["nodes"]["changed"][0]["changes"][0]["field"] == "params.assignments"
    assert (diff["from"], diff["to"]) == (1, 2)


def test_clones_have_names_of_their_own(api: APIClient) -> None:
    made = make(api)

    names = [api.post(f"{BASE}{made['id']}/clone/", {}, format="json").json()["name"] for _ in range(2)]

    assert names == ["Orders (copy)", "Orders (copy 2)"]


def test_a_name_is_taken_once(
    api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    make(api)

    again = api.post(BASE, {"name": "Orders"}, format="json")

    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    make(as_user(make_user()))
    assert Workflow.objects.count() == 2


def test_a_deleted_workflow_is_gone_and_its_name_is_free(api: APIClient) -> None:
    made = make(api)

    assert api.delete(f"{BASE}{made['id']}/").status_code == 204
    assert api.delete(f"{BASE}{made['id']}/").status_code == 404
    make(api)


def test_somebody_elses_workflow_is_not_there_on_any_verb(
    api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    made = make(api)
    other = as_user(make_user())
    path = f"{BASE}{made['id']}/"
    replies = [
        other.get(path), other.put(path, {"name": "x"}, format="json"), other.patch(path, {}, format="json"), other.delete(path),
        other.post(f"{path}execute/", {}, format="json"), other.post(f"{path}deploy/", {}, format="json"),
        other.post(f"{path}clone/", {}, format="json"), other.get(f"{path}versions/"), other.get(f"{path}graph/"),
        other.post(f"/api/workflows/{made['id']}/compile/"),
    ]  # fmt: skip

    assert {(reply.status_code, reply.json()["code"]) for reply in replies} == {(404, "not_found")}
    assert Workflow.objects.get().name == "Orders"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "validation_error", "name"),
        ({"name": "x", "nodes": "no"}, "invalid_definition", "nodes"),
        ({"name": "x", "nodes": [node("a"), node("a")]}, "invalid_definition", "nodes.1.id"),
        ({"name": "x", "settings": {"timeout_s": -1}}, "validation_error", "settings.timeout_s"),
        ({"name": "x", "settings": {"timezone": "Mars"}}, "validation_error", "settings.timezone"),
        ({"name": "x", "nodes": [node(str(at)) for at in range(5000)]}, "invalid_definition", "nodes"),
    ],
)
def test_bad_bodies_are_refused_with_the_field(api: APIClient, body: dict[str, Any], code: str, field: str) -> None:
    reply = api.post(BASE, body, format="json")

    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert reply.json()["errors"][0]["field"] == field
    assert not Workflow.objects.exists()


def test_a_body_over_the_limit_is_refused(api: APIClient) -> None:
    reply = api.post(BASE, {"name": "x", **chain(set_node("a", x="y" * (6 * 2**20)))}, format="json")

    assert (reply.status_code, reply.json()["code"]) == (413, "payload_too_large")


def test_an_unfinished_draft_is_saved_but_neither_runs_nor_deploys(api: APIClient) -> None:
    made = make(api, graph([node("a", "http_request")], [edge("start", "a")]))

    for action in ("execute", "deploy"):
        reply = api.post(f"{BASE}{made['id']}/{action}/", {}, format="json")
        assert (reply.status_code, reply.json()["code"]) == (422, "compilation_failed")
        assert reply.json()["diagnostics"][0]["field"] == "params.url"
    assert not Execution.objects.exists()


def test_compile_and_validate_say_what_they_found(api: APIClient) -> None:
    good, bad = chain(set_node("a", x=1)), chain(node("a", "nope"))

    compiled = api.post("/api/compile/", good, format="json").json()
    refused = api.post("/api/compile/", bad, format="json")
    validated = api.post("/api/compile/validate/", bad, format="json")

    assert (compiled["valid"], compiled["order"], compiled["node_count"]) == (True, ["start", "a"], 2)
    assert refused.status_code == 422
    assert (validated.status_code, validated.json()["valid"]) == (200, False)
    assert validated.json()["diagnostics"][0]["code"] == "unknown_node_type"


def test_a_preview_evaluates_on_the_server_and_stores_nothing(api: APIClient) -> None:
    body = {"text": "a {{ $json.n + 1 }} {{ $json.no }}", "context": {"items": [{"json": {"n": 1}}]}}

    shown = api.post("/api/compile/expressions/preview/", body, format="json").json()
    broken = api.post("/api/compile/expressions/preview/", {"text": "{{ 1 + }}"}, format="json").json()

    assert (shown["ok"], shown["value"], shown["type"]) == (True, "a 2 ", "string")
    assert [part["value"] for part in shown["parts"]] == [2, None]
    assert (broken["ok"], broken["error"]["code"], broken["error"]["position"]) == (False, "expression_syntax", 7)


def test_a_preview_takes_the_fields_of_a_form_at_once(api: APIClient) -> None:
    texts = {"params.url": "{{ $json.n + 1 }}", "params.body": "{{ 1 + }}", "params.name": "plain"}
    url = "/api/compile/expressions/preview/"

    results = api.post(url, {"texts": texts, "context": {"items": [{"n": 1}]}}, format="json").json()["results"]
    both = api.post(url, {"texts": texts, "text": "x"}, format="json")
    many = api.post(url, {"texts": {str(at): "x" for at in range(101)}}, format="json")
    no_context = api.post(url, {"text": "x", "context": []}, format="json")

    assert (results["params.url"]["value"], results["params.name"]["value"]) == (2, "plain")
    assert results["params.body"]["error"]["code"] == "expression_syntax"
    assert [answer.status_code for answer in (both, many, no_context)] == [400, 400, 400]


def test_a_preview_sees_the_pinned_data_of_a_workflow(api: APIClient, other_api: APIClient) -> None:
    body = chain(set_node("a", x=1), set_node("b", y=1))
    made = api.post(BASE, {"name": "Pins", **body, "pinned_data": {"a": {"main": [{"json": {"n": 5}}]}}},
                    format="json").json()  # fmt: skip
    asked = {
        "texts": {"x": "{{ $json.n }}", "y": "{{ $('a').first().json.n }}"},
        "context": {"workflow_id": made["id"], "node_id": "b"},
    }

    seen = api.post("/api/compile/expressions/preview/", asked, format="json").json()["results"]
    foreign = other_api.post("/api/compile/expressions/preview/", asked, format="json")

    assert [seen[name]["value"] for name in ("x", "y")] == [5, 5]
    assert foreign.status_code == 404


def test_the_list_of_workflows_tells_last_runs_and_triggers_in_as_many_queries_for_one_as_for_five(
    api: APIClient,
) -> None:
    def listed() -> list[dict[str, Any]]:
        return list(api.get(BASE).json()["results"])

    first = make(api, chain(set_node("a", x=1)), "W0")["id"]
    run = api.post(f"{BASE}{first}/execute/", {}, format="json").json()
    with CaptureQueriesContext(connection) as alone:
        [shown] = listed()
    for number in range(1, 5):
        make(api, chain(set_node("a", x=1)), f"W{number}")
    with CaptureQueriesContext(connection) as together:
        assert len(listed()) == 5

    assert shown["last_run"] | {"created_at": None} == {
        "id": run["id"], "status": "pending", "trigger": "api", "created_at": None,
    }  # fmt: skip
    assert shown["trigger_kinds"] == ["manual_trigger"]
    assert len(together) == len(alone)


def test_staff_see_the_workers_and_what_they_hold(make_user: Any, as_user: Any, api: APIClient) -> None:
    staff = as_user(make_user(is_staff=True))
    ProcessHeartbeat.objects.create(
        id=new_id(), kind="worker", beat_at=timezone.now(),
        details={"name": "w@host", "queues": ["workflows"], "standing": {"journal": "waits"}},
    )  # fmt: skip

    [shown] = staff.get("/api/admin/workers/").json()["results"]

    assert (shown["name"], shown["status"], shown["runs"]) == ("w@host", "standing", 0)
    assert shown["standing"] == [{"part": "journal", "why": "waits"}]
    assert api.get("/api/admin/workers/").status_code == 403


def test_anybody_may_ask_what_signing_in_offers(client: Any) -> None:
    assert client.get("/api/auth/options/").json() == {
        "google": False, "registration": True, "registration_mode": "open", "plans": False, "mail": False,
    }  # fmt: skip


def test_deploying_registers_webhooks_and_a_taken_path_is_refused(api: APIClient) -> None:
    hook = graph(
        [node("hook", "webhook_trigger", {"path": "in/:id"}), node("a")], [edge("hook", "a"), edge("start", "a")]
    )
    first, second = make(api, hook), make(api, hook, "Second")

    deployed = api.post(f"{BASE}{first['id']}/deploy/", {}, format="json").json()
    taken = api.post(f"{BASE}{second['id']}/deploy/", {}, format="json")

    assert (deployed["status"], deployed["deployed_version"]) == ("active", 1)
    trigger = next(trigger for trigger in deployed["triggers"] if trigger["node_id"] == "hook")
    assert trigger["active"]
    assert trigger["url"].endswith("/in/:id")
    assert (taken.status_code, taken.json()["code"], taken.json()["workflow_id"]) == (
        409,
        "webhook_path_taken",
        first["id"],
    )
    assert api.post(f"{BASE}{first['id']}/undeploy/").json()["status"] == "paused"
    assert api.post(f"{BASE}{second['id']}/deploy/", {}, format="json").status_code == 200


def test_an_archived_workflow_neither_runs_nor_deploys(api: APIClient) -> None:
    made = make(api)
    api.post(f"{BASE}{made['id']}/archive/")

    for action in ("execute", "deploy"):
        reply = api.post(f"{BASE}{made['id']}/{action}/", {}, format="json")
        assert (reply.status_code, reply.json()["code"]) == (409, "workflow_archived")
    assert api.post(f"{BASE}{made['id']}/unarchive/").json()["status"] == "draft"


def test_one_key_one_run(api: APIClient) -> None:
    made = make(api)

    def start(value: int) -> Any:
        return api.post(
            f"{BASE}{made['id']}/execute/", {"input": {"n": value}}, format="json", HTTP_IDEMPOTENCY_KEY="k1"
        )

    first, again, other = start(1), start(1), start(2)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert again["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"], other.json()["execution_id"]) == (
        422, "idempotency_key_reused", first.json()["id"],
    )  # fmt: skip
    assert Execution.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [("?page=0", 400), ("?page=99", 404), ("?page_size=x", 400), ("?ordering=colour", 400), ("?status=nope", 400),
     ("?ordering=--name", 400),
     ("?status=draft,active", 200), ("?search=ord&ordering=-name", 200), ("?tag=x", 200)],
)  # fmt: skip
def test_lists_are_strict_about_their_filters(api: APIClient, query: str, status: int) -> None:
    make(api)

    assert api.get(f"{BASE}{query}").status_code == status


@pytest.mark.parametrize("query", ["workflow_id=x", "parent=1", "ordering=--created_at"])
def test_a_filter_that_is_no_value_is_refused_by_its_name(api: APIClient, query: str) -> None:
    refused = api.get(f"/api/orchestrator/executions/?{query}")

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, query.split("=")[0])


def test_nothing_holds_a_character_that_cannot_be_stored(api: APIClient) -> None:
    make(api)

    assert api.get(f"{BASE}?search=%00").json()["count"] == 0


def test_the_catalogue_answers_304_while_it_is_the_same(api: APIClient) -> None:
    first = api.get("/api/nodes/")

    assert first.json()["count"] == len(BUILTIN)
    assert api.get("/api/nodes/", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    assert api.get("/api/nodes/if/schema/").json()["kind"] == "if"
    assert api.get("/api/nodes/nope/schema/").json()["code"] == "unknown_node_type"
    known = {one["provider"] for one in api.get("/api/nodes/models/").json()["results"]}
    assert {"openai", "anthropic", "gemini", "perplexity", "openrouter"} <= known
    assert {entry["slug"] for entry in api.get("/api/nodes/categories/").json()["results"]} == {
        "trigger", "flow", "transform", "data", "network", "people", "ai", "ai_helpers",
    }  # fmt: skip


MISSPELLED = [
    ({"tiemout_s": 5}, "settings.tiemout_s", "timeout_s"),
    ({"time_zone": "UTC"}, "settings.time_zone", "timezone"),
    ({"concurrency": {"max": 1, "kee": "x"}}, "settings.concurrency.kee", "key"),
    ({"retention": {"day": 3}}, "settings.retention.day", "days"),
    ({"budget": {"max_cost": 1}}, "settings.budget.max_cost", "max_cost_usd"),
    ({"mcp": {"enabled": True, "names": "x"}}, "settings.mcp.names", "name"),
]


@pytest.mark.parametrize(("settings", "field", "near"), MISSPELLED)
def test_a_misspelled_setting_is_refused_by_every_route(
    api: APIClient, settings: dict[str, Any], field: str, near: str
) -> None:
    made = make(api)
    document = {**chain(set_node("a", x=1)), "settings": settings}
    calls = [
        (api.post, BASE, {"name": "other", **document}),
        (api.put, f"{BASE}{made['id']}/", {"name": "Orders", **document}),
        (api.patch, f"{BASE}{made['id']}/", {"settings": settings}),
    ]
    for call, path, body in calls:
        reply = call(path, body, format="json")

        assert (reply.status_code, reply.json()["code"]) == (400, "validation_error"), path
        assert reply.json()["errors"] == [
            {
                "field": field,
                "code": "unknown",
                "message": f"There is no field {field.rpartition('.')[2]!r}. Did you mean {near!r}?",
            }
        ], path
    assert api.put(f"{BASE}{made['id']}/", api.get(f"{BASE}{made['id']}/").json(), format="json").status_code == 200


def test_a_name_that_nothing_is_near_to_is_told_alone(api: APIClient) -> None:
    reply = api.post(BASE, {"name": "w", "settings": {"qqqqqq": 1}}, format="json")

    assert reply.json()["errors"][0]["message"] == "There is no field 'qqqqqq'."

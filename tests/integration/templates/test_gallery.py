"""The gallery over REST: what is published, who sees it, how it follows its workflow, what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import OutboxRow, User
from executor.models import Execution
from orchestrator.models import Workflow
from orchestrator.workflows import leaving
from templates import following
from templates.models import Template, TemplateClone, TemplateComment, TemplateVersion
from tests.builders import chain, node

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_model")]
BASE, FLOWS = "/api/orchestrator/templates/", "/api/orchestrator/workflows/"
FETCH = node("fetch", "http_request", {"url": "https://api.example.org/items"})


def saved(api: APIClient, name: str = "Fetch", *nodes: dict[str, Any], **fields: Any) -> str:
    reply = api.post(FLOWS, {"name": name, **chain(*(nodes or (FETCH,))), **fields}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def published(api: APIClient, workflow_id: str | None = None, **fields: Any) -> dict[str, Any]:
    body = {"workflow_id": workflow_id or saved(api), "category": "data", **fields}
    reply = api.post(f"{BASE}publish/", body, format="json")
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())


def names(api: APIClient, path: str = "", **asked: Any) -> list[str]:
    reply = api.get(f"{BASE}{path}", asked)
    assert reply.status_code == 200, reply.json()
    return [one["name"] for one in reply.json()["results"]]


def test_a_template_is_published_listed_read_changed_and_withdrawn(api: APIClient, other_api: APIClient) -> None:
    workflow_id = saved(api)
    made = published(api, workflow_id, description="Gets items", tags=["items", "items", "api"])
    path = f"{BASE}{made['id']}/"

    assert {key: made[key] for key in ("workflow_id", "name", "description", "category", "tags", "status")} == {
        "workflow_id": workflow_id, "name": "Fetch", "description": "Gets items", "category": "data",
        "tags": ["items", "api"], "status": "pending_test",
    }  # fmt: skip
    assert (made["rating"], made["rating_count"], made["my_rating"], made["bookmarked"]) == (None, 0, None, False)
    assert made["node_kinds"] == ["http_request", "manual_trigger"]
    assert names(other_api) == ["Fetch"]
    seen = other_api.get(path).json()
    assert [one["id"] for one in seen["nodes"]] == ["start", "fetch"]
    assert (seen["masked"], seen["held"], seen["is_mine"]) == (None, None, False)
    assert api.get(f"{FLOWS}{workflow_id}/").json()["is_template"] is True

    assert other_api.patch(path, {"name": "Mine"}, format="json").status_code == 403
    assert api.patch(path, {"name": "Better", "category": "sales"}, format="json").json()["name"] == "Better"
    assert other_api.delete(path).status_code == 403
    assert (api.delete(path).status_code, api.get(path).status_code, names(other_api)) == (204, 404, [])
    assert api.get(f"{FLOWS}{workflow_id}/").json()["is_template"] is False


def test_only_the_owner_publishes_and_only_what_compiles(api: APIClient, other_api: APIClient) -> None:
    workflow_id = saved(api, "Broken", node("x", "no_such_kind"))

    def tried(client: APIClient, **fields: Any) -> tuple[int, str]:
        body = {"workflow_id": workflow_id, "category": "data", **fields}
        reply = client.post(f"{BASE}publish/", body, format="json")
        return reply.status_code, reply.json()["code"]

    assert tried(other_api) == (404, "not_found")
    assert tried(api) == (422, "compilation_failed")
    assert tried(api, category="nonsense") == (400, "validation_error")
    assert tried(api, workflow_id=str(uuid4())) == (404, "not_found")
    assert Template.objects.count() == 0


def test_a_template_follows_its_workflow(api: APIClient, other_api: APIClient) -> None:
    workflow_id = saved(api)
    path = f"{BASE}{published(api, workflow_id)['id']}/"
    changed = chain(FETCH, node("more", "set", {"assignments": [{"name": "a", "value": 1}]}))
    assert api.patch(f"{FLOWS}{workflow_id}/", {**changed, "name": "Fetch more"}, format="json").status_code == 200
    row = OutboxRow.objects.get(kind="template_follow")
    assert row.payload == {"template_id": path.split("/")[-2]}

    seen = other_api.get(path).json()

    assert (seen["name"], seen["version"], len(seen["nodes"])) == ("Fetch more", 2, 3)
    versions = other_api.get(f"{path}versions/").json()["results"]
    assert [(one["number"], one["node_count"]) for one in versions] == [(2, 3), (1, 2)]
    assert len(other_api.get(f"{path}versions/1/").json()["nodes"]) == 2
    assert other_api.get(f"{path}versions/9/").status_code == 404


def test_the_worker_follows_too_and_twice_is_once(api: APIClient) -> None:
    workflow_id = saved(api)
    template_id = UUID(published(api, workflow_id)["id"])
    api.patch(f"{FLOWS}{workflow_id}/", chain(FETCH, node("more")), format="json")
    following.follow(template_id, now=timezone.now())
    following.follow(template_id, now=timezone.now())

    assert Template.objects.get(pk=template_id).version == 2
    assert TemplateVersion.objects.filter(template_id=template_id).count() == 2


def test_what_does_not_compile_or_tells_of_somebody_new_is_held_back(api: APIClient, other_api: APIClient) -> None:
    workflow_id = saved(api)
    path = f"{BASE}{published(api, workflow_id)['id']}/"
    api.patch(f"{FLOWS}{workflow_id}/", chain(FETCH, node("x", "no_such_kind")), format="json")
    assert api.get(path).json()["held"] == {"code": "compilation_failed"}
    told = node("mail", "set", {"assignments": [{"name": "to", "value": "ada.l@company.test-corp.com"}]})
    api.patch(f"{FLOWS}{workflow_id}/", chain(FETCH, told), format="json")
    held = api.get(path).json()["held"]

    assert held["code"] == "pii_found"
    assert held["findings"] == [
        {"node_id": "mail", "field": "data.params.assignments.0.value", "kind": "email", "masked": "[email]"}
    ]
    seen = other_api.get(path).json()
    assert (len(seen["nodes"]), seen["held"]) == (2, None)
    again = api.post(f"{BASE}publish/", {"workflow_id": workflow_id, "category": "data"}, format="json")
    assert (again.status_code, again.json()["code"], again.json()["findings"]) == (409, "pii_found", held["findings"])
    published(api, workflow_id, confirm_pii=True)
    assert len(other_api.get(path).json()["nodes"]) == 3
    api.patch(f"{FLOWS}{workflow_id}/", chain(FETCH, told, node("end")), format="json")
    assert (api.get(path).json()["held"], len(other_api.get(path).json()["nodes"])) == (None, 4)


def test_undeploying_hides_deploying_shows_again(api: APIClient, other_api: APIClient) -> None:
    workflow_id = saved(api)
    path = f"{BASE}{published(api, workflow_id)['id']}/"
    api.post(f"{FLOWS}{workflow_id}/deploy/", {}, format="json")
    assert names(other_api) == ["Fetch"]
    api.post(f"{FLOWS}{workflow_id}/undeploy/", {}, format="json")
    assert (names(other_api), other_api.get(path).status_code) == ([], 404)
    assert (names(api), names(api, mine="true"), api.get(path).json()["is_shown"]) == ([], ["Fetch"], False)
    assert other_api.post(f"{path}clone/", {}, format="json").status_code == 404
    api.post(f"{FLOWS}{workflow_id}/deploy/", {}, format="json")
    assert names(other_api) == ["Fetch"]
    api.delete(f"{FLOWS}{workflow_id}/")
    assert (names(other_api), api.get(path).status_code, names(api, mine="true")) == ([], 404, [])


def test_a_clone_says_what_is_to_be_filled_in(api: APIClient, other_api: APIClient) -> None:
    secret = api.post("/api/credentials/", {"name": "Shop key", "type": "http_bearer", "data": {"token": "abcd1234"}}, format="json").json()["id"]  # fmt: skip
    calls = node("call", "http_request", {"url": "http://10.0.0.7/x", "method": "GET"}, credentials={"auth": secret})
    made = published(api, saved(api, "Call", calls, modifiable_fields=["call.method"]))
    seen = other_api.get(f"{BASE}{made['id']}/").json()
    assert seen["credentials_needed"] == [{"node_id": "call", "slot": "auth", "type": "http_bearer", "name": ""}]
    assert [(one["key"], one["reason"], one["value"]) for one in seen["fields"]] == [
        ("call.method", "modifiable", "GET"), ("call.url", "masked", "http://private.invalid/x"),
    ]  # fmt: skip

    reply = other_api.post(
        f"{BASE}{made['id']}/clone/", {"values": {"call.url": "https://example.org/y"}}, format="json"
    )
    body = reply.json()
    again = other_api.post(f"{BASE}{made['id']}/clone/", {}, format="json").json()

    assert (reply.status_code, body["parent_template_id"], body["name"]) == (201, made["id"], "Call")
    assert (again["name"], again["status"]) == ("Call (2)", "draft")
    params = {one["id"]: one["data"]["params"] for one in body["nodes"]}
    assert params["call"] == {"url": "https://example.org/y", "method": "GET"}
    assert body["credentials_needed"] == seen["credentials_needed"]
    assert other_api.get(f"{FLOWS}{body['id']}/").status_code == 200
    counts = api.get(f"{BASE}{made['id']}/").json()
    assert (counts["fork_count"], counts["usage_count"]) == (2, 2)
    other_api.delete(f"{FLOWS}{body['id']}/")
    counts = api.get(f"{BASE}{made['id']}/").json()
    assert (counts["fork_count"], counts["usage_count"]) == (2, 1)


def test_a_clone_takes_values_for_its_fields_alone(api: APIClient) -> None:
    made = published(api)
    values = {"fetch.url": "x", "start.nothing": 1}
    reply = api.post(f"{BASE}{made['id']}/clone/", {"values": values}, format="json")

    assert reply.status_code == 400
    assert {one["field"] for one in reply.json()["errors"]} == {"values.fetch.url", "values.start.nothing"}
    assert (TemplateClone.objects.count(), Workflow.objects.count()) == (0, 1)


def test_a_clone_takes_one_s_own_credentials(api: APIClient, other_api: APIClient) -> None:
    def made(client: APIClient) -> str:
        body = {"name": "Shop", "type": "http_bearer", "data": {"token": "abcd1234"}}
        return str(client.post("/api/credentials/", body, format="json").json()["id"])

    theirs, mine = made(api), made(other_api)
    calls = node("call", "http_request", {"url": "https://a.example.org"}, credentials={"auth": theirs})
    path = f"{BASE}{published(api, saved(api, 'Call', calls))['id']}/clone/"

    for wrong in ({"call.auth": theirs}, {"call.other": mine}, {"start.auth": mine}):
        reply = other_api.post(path, {"credentials": wrong}, format="json")
        assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, f"credentials.{next(iter(wrong))}")
    body = other_api.post(path, {"credentials": {"call.auth": mine}}, format="json").json()
    assert next(one["data"]["credentials"] for one in body["nodes"] if one["id"] == "call") == {"auth": mine}


def test_what_may_not_be_cloned_is_not(api: APIClient, other_api: APIClient) -> None:
    made = published(api, saved(api, is_cloneable=False))
    reply = other_api.post(f"{BASE}{made['id']}/clone/", {}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "not_cloneable")


def test_a_name_that_is_taken_is_refused(api: APIClient, other_api: APIClient) -> None:
    made = published(api)
    saved(other_api, "Mine")
    reply = other_api.post(f"{BASE}{made['id']}/clone/", {"name": "Mine"}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (409, "name_taken")


def test_nodes_that_others_wrote_arrive_as_placeholders(api: APIClient, other_api: APIClient) -> None:
    code = (
        "class A:\n    node_type = 'mine'\n    name = 'M'\n    category = 'c'\n    def run(self, item): return item\n"
    )
    assert api.post("/api/nodes/custom/", {"code": code}, format="json").status_code == 201
    made = published(api, saved(api, "Own", node("own", "mine")))
    body = other_api.post(f"{BASE}{made['id']}/clone/", {}, format="json").json()

    assert body["placeholders"] == [{"node_id": "own", "label": "own", "original_type": "mine"}]


def test_filters_and_orders(api: APIClient, other_api: APIClient) -> None:
    first = published(api, saved(api, "One"), category="sales", tags=["a"])
    second = published(api, saved(api, "Two"), category="data", tags=["b"])
    other_api.put(f"{BASE}{first['id']}/rating/", {"stars": 5}, format="json")
    other_api.put(f"{BASE}{second['id']}/bookmark/", {}, format="json")

    assert names(api) == ["Two", "One"]
    assert names(api, category="sales") == ["One"]
    assert names(api, category="sales,data") == ["Two", "One"]
    assert names(api, tag="b") == ["Two"]
    assert names(api, min_rating=4) == ["One"]
    assert names(api, status="verified") == []
    assert names(api, ordering="rating") == ["One", "Two"]
    assert names(api, ordering="trending") == ["Two", "One"]
    assert names(other_api, bookmarked="true") == ["Two"]
    assert names(api, node_kind="http_request", ordering="-newest") == ["Two", "One"]
    for wrong in ({"ordering": "name"}, {"category": "x"}, {"min_rating": "many"}, {"color": "red"}):
        assert api.get(BASE, wrong).status_code == 400, wrong
    page = api.get(BASE, {"page_size": 500}).json()
    assert (page["page_size"], api.get(BASE).json()["page_size"]) == (50, 12)
    counts = {one["category"]: one["count"] for one in api.get(f"{BASE}categories/").json()["results"]}
    assert (counts["sales"], counts["data"], counts["ai"]) == (1, 1, 0)


def test_search_finds_by_words_that_are_almost_right(api: APIClient) -> None:
    invoices = published(api, saved(api, "Overdue invoices"), description="Reminds customers of unpaid invoices")
    published(api, saved(api, "RSS digest"), description="Collects feeds into one mail", category="marketing")

    def found(query: str, **more: Any) -> list[str]:
        return names(api, "search/", q=query, **more)

    assert found("overdue invoice")[0] == "Overdue invoices"
    assert found("invoces custmers")[0] == "Overdue invoices"
    assert found("feed")[0] == "RSS digest"
    assert found("zebra") == []
    assert found("feed", category="data") == []
    assert set(found("")) == {"Overdue invoices", "RSS digest"}
    (first, *_) = api.get(f"{BASE}search/", {"q": "overdue invoices"}).json()["results"]
    assert (first["id"], first["matched_by"]) == (invoices["id"], ["text"])
    assert 0.8 < first["score"] <= 1


def test_similar_templates_are_those_of_the_same_words(api: APIClient) -> None:
    one = published(api, saved(api, "Overdue invoices"), tags=["finance"])
    published(api, saved(api, "Invoice intake"), tags=["finance"])
    results = api.get(f"{BASE}{one['id']}/similar/").json()["results"]

    assert [entry["name"] for entry in results] == ["Invoice intake"]
    assert 0 < results[0]["score"] < 1


def test_ratings_are_one_for_each_person(api: APIClient, other_api: APIClient) -> None:
    path = f"{BASE}{published(api)['id']}/"
    assert other_api.put(f"{path}rating/", {"stars": 2, "review": "Meh"}, format="json").json() == {
        "rating": 2.0, "rating_count": 1,
    }  # fmt: skip
    api.put(f"{path}rating/", {"stars": 4}, format="json")
    reply = other_api.put(f"{path}rating/", {"stars": 5, "review": "token: abcd1234efgh"}, format="json")

    assert reply.json() == {"rating": 4.5, "rating_count": 2}
    assert (other_api.get(path).json()["my_rating"], other_api.get(path).json()["rating"]) == (5, 4.5)
    reviews = api.get(f"{path}reviews/", {"ordering": "-stars"}).json()["results"]
    assert [(one["stars"], one["review"]) for one in reviews] == [(5, "token: [secret]"), (4, "")]
    assert other_api.put(f"{path}rating/", {"stars": 6}, format="json").status_code == 400
    assert other_api.delete(f"{path}rating/").status_code == 204
    assert (api.get(path).json()["rating"], api.get(path).json()["rating_count"]) == (4.0, 1)


def test_comments_are_threads(api: APIClient, other_api: APIClient, make_user: Any, as_user: Any) -> None:
    path = f"{BASE}{published(api)['id']}/comments/"
    first = other_api.post(path, {"body": "<img src=x onerror=alert(1)>"}, format="json").json()
    answer = api.post(path, {"body": "Yes", "parent_id": first["id"]}, format="json").json()
    assert (first["parent_id"], answer["parent_id"], first["body"]) == (
        None,
        first["id"],
        "<img src=x onerror=alert(1)>",
    )
    assert api.post(path, {"body": "x", "parent_id": str(uuid4())}, format="json").status_code == 400
    assert api.delete(f"{path}{first['id']}/").status_code == 403
    assert other_api.delete(f"{path}{first['id']}/").status_code == 204
    kept = api.get(path).json()["results"]
    assert [(one["body"], one["author"] is None, one["is_removed"]) for one in kept] == [("", True, True), ("Yes", False, False)]  # fmt: skip
    staff = as_user(make_user(is_staff=True))
    assert staff.delete(f"{path}{answer['id']}/").status_code == 204
    assert TemplateComment.objects.count() == 0


def test_staff_review_and_what_was_verified_is_so_no_more_when_it_changes(
    api: APIClient, other_api: APIClient, make_user: Any, as_user: Any
) -> None:
    workflow_id = saved(api)
    path = f"{BASE}{published(api, workflow_id)['id']}/"
    staff = as_user(make_user(is_staff=True))

    def reviewed(action: str) -> tuple[int, str]:
        reply = staff.post(f"{path}review/", {"action": action, "note": "n"}, format="json")
        return reply.status_code, reply.json().get("status") if reply.status_code == 200 else reply.json()["code"]

    assert reviewed("promote") == (409, "illegal_transition")
    assert reviewed("verify") == (200, "verified")
    assert reviewed("promote") == (200, "production")
    assert reviewed("feature") == (200, "production")
    assert other_api.get(path).json()["is_featured"] is True
    api.patch(f"{FLOWS}{workflow_id}/", chain(FETCH, node("more")), format="json")
    assert other_api.get(path).json()["status"] == "pending_test"
    assert reviewed("send_back") == (200, "draft")
    assert (names(other_api), other_api.get(path).status_code) == ([], 404)
    assert api.get(path).json()["review_note"] == "n"
    published(api, workflow_id)
    api.patch(f"{FLOWS}{workflow_id}/", chain(FETCH), format="json")
    assert other_api.get(path).json()["status"] == "pending_test"
    assert reviewed("hide")[0] == 200
    assert (names(other_api), other_api.get(path).status_code, names(staff, hidden="true")) == ([], 404, ["Fetch"])
    assert other_api.get(BASE, {"hidden": "true"}).status_code == 403
    assert reviewed("show")[0] == 200
    assert api.patch(path, {"is_deprecated": True}, format="json").json()["status"] == "deprecated"
    assert api.patch(path, {"is_deprecated": False}, format="json").json()["status"] == "pending_test"


def test_abuse_is_reported_once_and_resolved(
    api: APIClient, other_api: APIClient, make_user: Any, as_user: Any
) -> None:
    path = f"{BASE}{published(api)['id']}/"
    staff = as_user(make_user(is_staff=True))
    made = other_api.post(f"{path}report/", {"reason": "secret", "text": "A key"}, format="json")
    again = other_api.post(f"{path}report/", {"reason": "spam"}, format="json")
    assert (made.status_code, again.status_code, again.json()["code"]) == (201, 409, "already_reported")
    (report,) = staff.get(f"{BASE}reports/", {"open": "true"}).json()["results"]
    assert (report["reason"], report["text"], report["template_name"]) == ("secret", "A key", "Fetch")
    done = staff.post(f"{BASE}reports/{report['id']}/resolve/", {"resolution": "Hidden"}, format="json")
    assert (done.status_code, done.json()["resolution"]) == (200, "Hidden")
    assert staff.get(f"{BASE}reports/", {"open": "true"}).json()["results"] == []
    assert other_api.post(f"{path}report/", {"reason": "spam"}, format="json").status_code == 201


def test_an_author_has_a_page(api: APIClient, user: User, other_api: APIClient) -> None:
    published(api)
    page = other_api.get(f"{BASE}authors/{user.pk}/").json()
    assert (page["id"], page["template_count"], page["fork_count"], page["rating"]) == (str(user.pk), 1, 0, None)
    assert "email" not in page
    assert names(other_api, author_id=str(user.pk)) == ["Fetch"]
    assert names(other_api, author_id=str(uuid4())) == []
    assert other_api.get(f"{BASE}authors/{uuid4()}/").status_code == 404


def test_success_is_that_of_ended_runs(api: APIClient, other_api: APIClient) -> None:
    made = published(api)
    clone = other_api.post(f"{BASE}{made['id']}/clone/", {}, format="json").json()
    assert made["success_rate"] is None
    ids = [other_api.post(f"{FLOWS}{clone['id']}/execute/", {}, format="json").json()["id"] for _ in range(4)]
    for number, status in enumerate(("completed", "completed", "failed", "cancelled")):
        execution = Execution.objects.get(pk=ids[number])
        execution.state.status = status
        execution.state.save()
        Execution.objects.filter(pk=ids[number]).update(duration_ms=100 * (number + 1))
    seen = api.get(f"{BASE}{made['id']}/").json()
    assert (seen["success_rate"], seen["average_duration_ms"]) == (0.6667, 150)


def test_a_dry_run_says_what_would_be_shown(api: APIClient) -> None:
    workflow_id = saved(api, "Call", node("call", "http_request", {"url": "https://a.example.org/?token=abcdef"}))
    body = {"workflow_id": workflow_id, "category": "data", "dry_run": True, "readme": "Write to ada@firm.net"}
    reply = api.post(f"{BASE}publish/", body, format="json")

    assert reply.status_code == 200, reply.json()
    assert reply.json()["masked"] == [{"node_id": "call", "field": "data.params.url", "kind": "query"}]
    assert [(one["field"], one["masked"]) for one in reply.json()["findings"]] == [("readme", "Write to [email]")]
    assert Template.objects.count() == 0


def test_an_account_that_leaves_takes_its_templates_along(
    make_user: Callable[..., User], as_user: Callable[[User], APIClient], other_api: APIClient
) -> None:
    author, staff = make_user(), make_user(is_staff=True)
    made = published(as_user(author))
    clone = other_api.post(f"{BASE}{made['id']}/clone/", {}, format="json").json()
    other_api.put(f"{BASE}{made['id']}/rating/", {"stars": 3}, format="json")
    other_api.post(f"{BASE}{made['id']}/comments/", {"body": "x"}, format="json")
    leaving.leave(actor=staff, user=author, workflows="delete", heir_id=None, now=timezone.now())
    row: Any = OutboxRow.objects.get(kind="account_gone")
    while leaving.clear_row(row) is not None:
        pass
    assert (names(other_api), Template.objects.count(), TemplateVersion.objects.count()) == ([], 0, 0)
    assert other_api.get(f"{FLOWS}{clone['id']}/").json()["parent_template_id"] == made["id"]

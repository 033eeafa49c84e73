"""The conventions of the API, held against every path of the URL configuration: a new endpoint is tested by being there."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from tests.conformance.core.openapi import document

pytestmark = pytest.mark.django_db

PUBLIC = {
    "/api/auth/login/", "/api/auth/logout/", "/api/auth/password/forgot/", "/api/auth/password/reset/", "/api/auth/refresh/",
    "/api/auth/google/callback/", "/api/auth/google/init/", "/api/auth/register/", "/api/credentials/oauth/callback/", "/api/health/", "/api/health/live/", "/api/health/ready/",
    "/api/webhooks/resume/{token}/", "/api/auth/link/", "/api/auth/options/",
}  # fmt: skip
SINGLE = {
    "/api/users/me", "/api/users/me/notifications", "/api/orchestrator/dead-letters/stats/", "/api/usage/",
    "/api/billing/plan/", "/api/admin/prompt-patterns/", "/api/admin/model-prices/",
    "/api/users/me/two-factor/", "/api/mcp/servers/tools/",
}  # fmt: skip
UNPAGED = {
    "/api/orchestrator/templates/categories/",
    "/api/nodes/categories/",
    "/api/nodes/models/",
    "/api/billing/plans/",
    "/api/admin/workers/",
}
PROBLEM = {"type", "title", "status", "detail", "instance", "code", "request_id"}
METHODS = ("get", "post", "put", "patch", "delete")


PATHS = {path: dict(operations) for path, operations in document()["paths"].items()}
OPERATIONS = [(method, path) for path in sorted(PATHS) for method in METHODS if method in PATHS[path]]
OBJECTS = [(method, path) for method, path in OPERATIONS if "_id}" in path and not path.startswith("/api/users/")]
LISTS = sorted(
    path for path in PATHS if "{" not in path and "get" in PATHS[path] and path not in PUBLIC | UNPAGED | SINGLE
)


def filled(path: str) -> str:
    """Return a path with ids that nobody has."""
    names = {"number": "1", "node_id": "n1", "kind": "no_such_kind", "slug": "no_such_slug"}
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found.group(1)) or str(uuid4()), path)


@pytest.fixture
def staff(make_user: Any, as_user: Any) -> APIClient:
    client: APIClient = as_user(make_user(is_staff=True))
    return client


def check_problem(reply: Any, status: int) -> dict[str, Any]:
    assert reply.status_code == status, (reply.status_code, reply.content)
    assert reply["Content-Type"].startswith("application/problem+json")
    body = dict(reply.json())
    assert body.keys() >= PROBLEM
    assert body["status"] == status
    assert body["type"] == f"urn:heddle:problem:{body['code']}"
    assert reply["X-Request-ID"] == body["request_id"]
    return body


@pytest.mark.parametrize(("method", "path"), [entry for entry in OPERATIONS if entry[1] not in PUBLIC])
def test_nothing_private_answers_without_a_login(method: str, path: str) -> None:
    reply = getattr(APIClient(), method)(filled(path), {}, format="json")

    assert check_problem(reply, 401)["code"] == "not_authenticated"
    assert "WWW-Authenticate" in reply


@pytest.mark.parametrize(("method", "path"), OBJECTS)
def test_what_is_not_there_is_not_found(staff: APIClient, method: str, path: str) -> None:
    reply = getattr(staff, method)(filled(path), {}, format="json")

    assert check_problem(reply, 404)["code"] == "not_found"


@pytest.mark.parametrize(("method", "path"), [entry for entry in OPERATIONS if entry[0] == "get"])
def test_with_and_without_the_slash_the_answer_is_the_same(api: APIClient, method: str, path: str) -> None:
    one = filled(path)
    other = one[:-1] if one.endswith("/") else f"{one}/"
    first, second = api.get(one), api.get(other)

    assert first.status_code == second.status_code
    assert "Location" not in second


@pytest.mark.parametrize("path", sorted(PATHS))
def test_another_method_is_not_allowed(staff: APIClient, path: str) -> None:
    missing = next(method for method in (*METHODS, "trace") if method not in PATHS[path])
    reply = staff.generic(missing.upper(), filled(path), "{}", content_type="application/json")

    check_problem(reply, 405)
    allowed = {name.strip().lower() for name in reply["Allow"].split(",")}
    assert allowed >= PATHS[path].keys() & set(METHODS)


@pytest.mark.parametrize("path", LISTS)
def test_lists_have_one_shape(staff: APIClient, path: str) -> None:
    body = staff.get(path).json()

    assert body.keys() == {"count", "count_exact", "page", "page_size", "next", "previous", "results"}
    assert (body["page"], body["previous"], body["count_exact"]) == (1, None, True)
    assert check_problem(staff.get(path, {"page": "9999"}), 404)["code"] == "not_found"
    assert check_problem(staff.get(path, {"page": "nine"}), 400)["code"] == "validation_error"


@pytest.mark.parametrize("path", sorted(UNPAGED))
def test_lists_that_are_not_paged_hold_results_alone(staff: APIClient, path: str) -> None:
    assert staff.get(path).json().keys() == {"results"}


@pytest.mark.parametrize(("method", "path"), [entry for entry in OPERATIONS if entry[0] in ("post", "put", "patch")])
def test_a_body_that_is_no_json_is_malformed(staff: APIClient, method: str, path: str) -> None:
    if "{" in path or path in ("/api/orchestrator/blobs/", "/api/inference/documents/"):
        return
    if "requestBody" not in PATHS[path][method]:
        return
    reply = getattr(staff, method)(path, "{nonsense", content_type="application/json")

    assert check_problem(reply, 400)["code"] == "malformed_json"


def test_an_unknown_route_is_a_problem_too(api: APIClient) -> None:
    assert check_problem(api.get("/api/no/such/route/"), 404)["code"] == "not_found"


def test_a_request_id_is_taken_over_and_bounded(api: APIClient) -> None:
    assert api.get("/api/health/live/", HTTP_X_REQUEST_ID="mine-1")["X-Request-ID"] == "mine-1"
    assert len(api.get("/api/health/live/", HTTP_X_REQUEST_ID="x" * 500)["X-Request-ID"]) <= 64


def test_some_things_are_for_staff(api: APIClient) -> None:
    for path in ("/api/users/", f"/api/users/{uuid4()}", "/api/orchestrator/dead-letters/"):
        assert check_problem(api.get(path), 403)["code"] == "permission_denied"

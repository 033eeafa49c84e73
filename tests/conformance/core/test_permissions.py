"""Who may call what: every route of the URL configuration and every kind of caller. A route without a row fails.

The table (`matrix.py`) says for each method who may: anybody, a signed-in user, roles on a workflow, staff.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import people
from core.accounts.scopes import SCOPES
from core.models import User
from tests.builders import chain, node
from tests.conformance.core import matrix
from tests.conformance.core.conftest import World
from tests.conformance.core.matrix import MATRIX, A

pytestmark = pytest.mark.django_db
EXPECTED = {  # refusals that are about what was sent with an empty body, not about who sent it
    f"{A}auth/refresh/": ((401, "token_invalid"),), f"{A}auth/logout/": ((401, "token_invalid"),),
    f"{A}auth/google/callback/": ((401, "api_key_invalid"),), f"{A}auth/google/init/": ((401, "api_key_invalid"),),
}  # fmt: skip
# A signed token or the trigger's own login lets in there; the tests of webhooks, forms and task links try those.
BY_TOKEN = ("^api/webhooks", "hitl/", "mcp/", "v1/", "^v1/")
PAGES = ("", "app", "app/", "app/<path:path>")  # documents of the editor: the same for everybody
SITE = "admin"  # has a door of its own, and tests of it
METHODS = ("get", "post", "put", "patch", "delete")
CODE = "class A:\n    node_type = 'mine'\n    name = 'Mine'\n    category = 'c'\n    def run(self, item): return item\n"


def routes(patterns: Any, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if path.startswith(SITE):
            continue
        if hasattr(entry, "url_patterns"):
            yield from routes(entry.url_patterns, path)
        elif not path.startswith(BY_TOKEN) and path not in PAGES:
            view = getattr(entry.callback, "cls", None) or entry.callback.view_class
            yield re.sub(r"<\w+:(\w+)>", r"<\1>", path), {method for method in METHODS if hasattr(view, method)}


ROUTES = dict(routes(get_resolver().url_patterns))
ROLES = (matrix.VIEWER, matrix.RUNNER, matrix.EDITOR)
ONCE = ("/accept/", "/decline/")
ROWS = [(method, path, who) for path, methods in MATRIX.items() for method, who in methods.items()]


def test_every_route_has_its_row() -> None:
    assert {path: set(methods) for path, methods in MATRIX.items()} == ROUTES


def called(client: APIClient, world: World, method: str, path: str) -> tuple[int, str]:
    reply = getattr(client, method)(world.url(path), {}, format="json")
    if reply.streaming or not reply.headers.get("Content-Type", "").startswith("application/problem+json"):
        return reply.status_code, ""
    return reply.status_code, reply.json()["code"]


def refusals(who: str) -> dict[str, tuple[int, str]]:
    """Return who is refused where this is the least that lets in, and how."""
    nobody = {"anonymous": (401, "not_authenticated"), "expired key": (401, "api_key_invalid")}
    strangers = {**nobody, "other": (404, "not_found"), "admin": (404, "not_found")}
    by_role = dict.fromkeys(ROLES, (404, "not_found"))
    not_staff = (403, "permission_denied")
    if who in ROLES or who == matrix.OWNER:
        small = ROLES if who == matrix.OWNER else ROLES[: ROLES.index(who)]
        return {**strangers, **dict.fromkeys(small, (403, "role_required"))}
    return {
        matrix.ANYBODY: {}, matrix.USER: nobody, matrix.OWN: {**strangers, **by_role},
        matrix.OWN_STAFF_READS: {**nobody, "other": (404, "not_found"), **by_role},
        matrix.SESSION: {
            **nobody, **dict.fromkeys(("other", "admin", *ROLES, "owner by key"), (403, "session_required")),
        },
        matrix.OWN_SESSION: {**strangers, **by_role, "owner by key": (403, "session_required")},
        matrix.COLLABORATOR: {**strangers, "owner": not_staff, "owner by key": not_staff},
        matrix.AUTHOR: {**nobody, **dict.fromkeys(("other", "admin", *ROLES), not_staff)},
        matrix.COMMENTER: {**nobody, "other": not_staff, **by_role},  # staff took it away before these
        matrix.STAFF: {**nobody, **dict.fromkeys(("other", *ROLES, "owner", "owner by key"), not_staff)},
    }[who]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "who"), ROWS)
def test_who_may(
    world: World, make_user: Callable[..., User], as_user: Callable[[User], APIClient], method: str, path: str, who: str
) -> None:
    """The order matters: those who may come last, as what they do is done."""
    tried: dict[str, tuple[int, str]] = {}
    expired = APIClient()
    _, clear = people.create_key(user=world.owner, name="old", expires_at=timezone.now() - timedelta(seconds=1))
    expired.credentials(HTTP_X_API_KEY=clear)
    bearer = APIClient()
    bearer.credentials(HTTP_AUTHORIZATION=f"Bearer {people.tokens_for(world.owner)[0]}")
    tried["anonymous"] = called(APIClient(), world, method, path)
    tried["expired key"] = called(expired, world, method, path)
    tried["other"] = called(as_user(make_user()), world, method, path)
    tried["admin"] = called(as_user(make_user(is_staff=True)), world, method, path)
    for role in ROLES:
        tried[role] = called(as_user(world.collaborator(role)), world, method, path)
    tried["owner by key"] = called(as_user(world.owner), world, method, path)
    tried["owner"] = called(bearer, world, method, path)

    refused, is_gone = refusals(who), False
    for caller, (status, code) in tried.items():
        if caller in refused:
            assert (status, code) == refused[caller], caller
        else:
            allowed = status not in (401, 403) and (status != 404 or is_gone)
            assert allowed or (status, code) in EXPECTED.get(path, ()), (caller, status, code)
            is_gone = is_gone or method == "delete" or path.endswith(ONCE)  # whoever may, did it a moment ago
        assert status < 500 or (
            path.endswith(
                (
                    "api/health/",
                    "google/init/",
                    "google/callback/",
                    "/try/",
                    "/tools/",
                    "/validate_credentials/",
                    "/call/",
                )
            )
            and status in (502, 503)
        ), (caller, code)


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in ROWS if matrix.scope_of(*row[1::-1])])
def test_a_key_needs_the_scope(world: World, make_user: Callable[..., User], method: str, path: str) -> None:
    """A key with all scopes but one is told which; a key with that one alone passes."""
    needed = matrix.scope_of(path, method)
    owner = make_user(is_staff=True) if needed == "admin" else world.owner

    def by_key(*given: str) -> tuple[int, str]:
        client = APIClient()
        client.credentials(HTTP_X_API_KEY=people.create_key(user=owner, name="k", scopes=given)[1])
        return called(client, world, method, path)

    others = [one for one in SCOPES if one != needed]
    assert by_key(*others) == (403, "session_required" if needed == "session" else "scope_missing")
    if needed != "session":
        assert by_key(needed)[1] != "scope_missing"


def test_ids_of_others_are_refused_inside_bodies_too(world: World, other_api: APIClient) -> None:
    context = {"execution_id": world.ids["execution_id"], "node_id": "x"}
    body = {"text": "{{ 1 }}", "context": context}
    assert other_api.post("/api/compile/expressions/preview/", body, format="json").status_code == 404
    stream = {"kind": "execution", "execution_id": world.ids["execution_id"]}
    assert other_api.post("/api/streaming/tickets/", stream, format="json").status_code == 404
    called_by = chain(node("sub", "sub_workflow", {"workflow_id": world.ids["workflow_id"]}),
                      node("h", "http_request", {"url": "https://example.org"}, credentials={"auth": world.ids["credential_id"]}))  # fmt: skip
    found = other_api.post("/api/compile/validate/", called_by, format="json").json()["diagnostics"]
    assert {"subworkflow_missing", "missing_credential"} <= {one["code"] for one in found}

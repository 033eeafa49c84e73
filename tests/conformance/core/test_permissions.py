"""Who may call what: every route of the URL configuration and every kind of caller. A route without a row fails.

The table says for each method who may: anybody, a signed-in user, the owner of the object, staff.
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
from core.models import User
from tests.builders import chain, node
from tests.conformance.core.conftest import World

pytestmark = pytest.mark.django_db
ANYBODY, USER, OWNER, STAFF = "anybody", "user", "owner", "staff"
OWNER_STAFF_READS = "owner, and staff may look"
A, C, O = "api/", "api/credentials/", "api/orchestrator/"  # noqa: E741
T = "api/data-tables/"
W, X = f"{O}workflows/<workflow_id>/", f"{O}executions/<execution_id>/"

MATRIX: dict[str, dict[str, str]] = {
    f"{A}auth/register/": {"post": ANYBODY}, f"{A}auth/login/": {"post": ANYBODY}, f"{A}auth/refresh/": {"post": ANYBODY},
    f"{A}auth/logout/": {"post": USER}, f"{A}auth/google/init/": {"post": ANYBODY},
    f"{A}auth/google/callback/": {"post": ANYBODY}, f"{A}auth/password/forgot/": {"post": ANYBODY},
    f"{A}auth/password/reset/": {"post": ANYBODY},
    f"{A}users/me": {"get": USER, "patch": USER}, f"{A}users/me/notifications": {"get": USER, "patch": USER},
    f"{A}users/me/two-factor/": {"get": USER, "post": USER, "delete": USER},
    f"{A}users/me/two-factor/confirm/": {"post": USER},
    f"{A}users/password": {"post": USER}, f"{A}users/": {"get": STAFF, "post": STAFF},
    f"{A}users/<user_id>": {"get": STAFF, "patch": STAFF},
    f"{A}admin/blocked-ips/": {"get": STAFF}, f"{A}admin/blocked-ips/<ip>/": {"delete": STAFF},
    f"{A}admin/prompt-patterns/": {"get": STAFF, "put": STAFF},
    f"{A}auth/options/": {"get": ANYBODY}, f"{A}admin/workers/": {"get": STAFF},
    f"{A}auth/link/": {"post": ANYBODY},
    f"{A}keys/": {"get": USER, "post": USER}, f"{A}keys/<key_id>": {"get": OWNER, "patch": OWNER, "delete": OWNER},
    f"{A}keys/<key_id>/rotate": {"post": OWNER},
    f"{A}health/": {"get": ANYBODY}, f"{A}health/live/": {"get": ANYBODY}, f"{A}health/ready/": {"get": ANYBODY},
    f"{A}compile/": {"post": USER}, f"{A}compile/validate/": {"post": USER},
    f"{A}compile/expressions/preview/": {"post": USER},
    f"{A}workflows/<workflow_id>/compile/": {"post": OWNER}, f"{A}workflows/<workflow_id>/validate/": {"post": OWNER},
    f"{A}usage/": {"get": USER}, f"{A}billing/plans/": {"get": USER}, f"{A}billing/plan/": {"get": USER, "put": STAFF},
    C: {"get": USER, "post": USER}, f"{C}types/": {"get": USER}, f"{C}types/<slug>/": {"get": USER},
    f"{C}audit/": {"get": USER}, f"{C}oauth/start/": {"post": USER}, f"{C}oauth/callback/": {"get": ANYBODY},
    f"{C}<credential_id>/": {"get": OWNER, "patch": OWNER, "delete": OWNER},
    f"{C}<credential_id>/verify/": {"post": OWNER}, f"{C}<credential_id>/refresh/": {"post": OWNER},
    f"{C}<credential_id>/usage/": {"get": OWNER}, f"{C}<credential_id>/shares/": {"get": OWNER, "post": OWNER},
    f"{C}<credential_id>/shares/<user_id>/": {"delete": OWNER},
    T: {"get": USER, "post": USER}, f"{T}<table_id>/": {"get": OWNER, "patch": OWNER, "delete": OWNER},
    f"{T}<table_id>/rows/": {"get": OWNER, "post": OWNER, "delete": OWNER},
    f"{T}<table_id>/rows/upsert/": {"post": OWNER}, f"{T}<table_id>/rows/bulk/": {"post": OWNER},
    f"{T}<table_id>/rows/<row_id>/": {"get": OWNER, "patch": OWNER, "delete": OWNER},
    f"{T}<table_id>/export/": {"get": OWNER}, f"{T}<table_id>/import/": {"post": OWNER},
    f"{A}nodes/": {"get": USER}, f"{A}nodes/models/": {"get": USER}, f"{A}nodes/categories/": {"get": USER},
    f"{A}nodes/<kind>/schema/": {"get": USER}, f"{A}nodes/custom/": {"get": USER, "post": USER},
    f"{A}nodes/custom/<custom_node_id>": {"get": OWNER_STAFF_READS, "patch": OWNER, "delete": OWNER},
    f"{A}nodes/custom/<custom_node_id>/submit/": {"post": OWNER}, f"{A}nodes/custom/<custom_node_id>/review/": {"post": STAFF},
    f"{O}workflows/": {"get": USER, "post": USER}, W: {"get": OWNER, "put": OWNER, "patch": OWNER, "delete": OWNER},
    f"{O}workflows/import/": {"post": USER}, f"{W}export/": {"get": OWNER},
    f"{W}clone/": {"post": OWNER}, f"{W}archive/": {"post": OWNER}, f"{W}unarchive/": {"post": OWNER},
    f"{W}versions/": {"get": OWNER, "post": OWNER}, f"{W}versions/<number>/": {"get": OWNER},
    f"{W}versions/<number>/restore/": {"post": OWNER}, f"{W}versions/<number>/diff/": {"get": OWNER},
    f"{W}deploy/": {"post": OWNER}, f"{W}undeploy/": {"post": OWNER}, f"{W}triggers/": {"get": OWNER},
    f"{W}triggers/<node_id>/listen/": {"get": OWNER, "post": OWNER}, f"{W}triggers/<node_id>/try/": {"post": OWNER},
    f"{W}triggers/<node_id>/retry/": {"post": OWNER}, f"{W}triggers/<node_id>/rotate-secret/": {"post": OWNER},
    f"{W}triggers/<node_id>/removals/<registration_id>/": {"delete": OWNER},
    f"{W}graph/": {"get": OWNER}, f"{W}execute/": {"post": OWNER}, f"{W}partial-execute/": {"post": OWNER},
    f"{W}test/": {"post": OWNER}, f"{W}tests/": {"get": OWNER}, f"{W}tests/<test_id>/": {"get": OWNER},
    f"{W}test-cases/": {"get": OWNER}, f"{W}test-cases/run/": {"post": OWNER},
    f"{W}test-cases/<case_id>/": {"get": OWNER, "patch": OWNER, "delete": OWNER},
    f"{W}test-cases/<case_id>/run/": {"post": OWNER},
    f"{O}executions/": {"get": USER}, X: {"get": OWNER, "delete": OWNER}, f"{X}keep-as-test/": {"post": OWNER},
    f"{X}status/": {"get": OWNER}, f"{O}executions/bulk-retry/": {"post": USER}, f"{O}executions/bulk-stop/": {"post": USER},
    f"{X}retry/": {"post": OWNER}, f"{X}why/": {"get": OWNER}, f"{X}pause/": {"post": OWNER}, f"{X}resume/": {"post": OWNER},
    f"{X}stop/": {"post": OWNER}, f"{X}signals/<name>/": {"post": OWNER}, f"{X}definition/": {"get": OWNER},
    f"{X}node-runs/": {"get": OWNER}, f"{X}node-runs/<node_run_id>/": {"get": OWNER},
    f"{X}node-runs/<node_run_id>/items/": {"get": OWNER}, f"{X}node-runs/<node_run_id>/steps/": {"get": OWNER},
    f"{O}jobs/<job_id>/": {"get": OWNER}, f"{O}hitl/": {"get": USER}, f"{O}hitl/pending/": {"get": USER},
    f"{O}hitl/<task_id>/": {"get": OWNER}, f"{O}hitl/<task_id>/respond/": {"post": OWNER},
    f"{O}schedules/": {"get": USER}, f"{O}schedules/preview/": {"post": USER},
    f"{O}schedules/<schedule_id>/": {"get": OWNER, "patch": OWNER}, f"{O}schedules/<schedule_id>/occurrences/": {"get": OWNER},
    f"{O}schedules/<schedule_id>/run-now/": {"post": OWNER}, f"{O}schedules/<schedule_id>/backfill/": {"post": OWNER},
    f"{O}dead-letters/": {"get": STAFF}, f"{O}dead-letters/stats/": {"get": STAFF}, f"{O}dead-letters/clean/": {"post": STAFF},
    f"{O}dead-letters/<letter_id>/": {"get": STAFF, "delete": STAFF}, f"{O}dead-letters/<letter_id>/retry/": {"post": STAFF},
    f"{O}dead-letters/<letter_id>/resolve/": {"post": STAFF},
    f"{O}blobs/": {"get": USER, "post": USER}, f"{O}blobs/<blob_id>/": {"get": OWNER, "delete": OWNER},
    f"{A}streaming/tickets/": {"post": USER}, f"{A}streaming/executions/<execution_id>/stream/": {"get": OWNER},
    f"{A}streaming/executions/<execution_id>/events/": {"get": OWNER},
    f"{A}schema/": {"get": ANYBODY}, f"{A}docs/": {"get": ANYBODY},
}  # fmt: skip
EXPECTED = {  # refusals that are about what was sent with an empty body, not about who sent it
    f"{A}auth/refresh/": ((401, "token_invalid"),), f"{A}auth/logout/": ((401, "token_invalid"),),
    f"{A}auth/google/callback/": ((401, "api_key_invalid"),), f"{A}auth/google/init/": ((401, "api_key_invalid"),),
}  # fmt: skip
# A signed token or the trigger's own login lets in there; the tests of webhooks, forms and task links try those.
BY_TOKEN = ("^api/webhooks", "hitl/")
PAGES = ("", "app", "app/", "app/<path:path>")  # documents of the editor: the same for everybody
METHODS = ("get", "post", "put", "patch", "delete")
CODE = "class A:\n    node_type = 'mine'\n    name = 'Mine'\n    category = 'c'\n    def run(self, item): return item\n"


def routes(patterns: Any, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from routes(entry.url_patterns, path)
        elif not path.startswith(BY_TOKEN) and path not in PAGES:
            view = getattr(entry.callback, "cls", None) or entry.callback.view_class
            yield re.sub(r"<\w+:(\w+)>", r"<\1>", path), {method for method in METHODS if hasattr(view, method)}


ROUTES = dict(routes(get_resolver().url_patterns))
ROWS = [(method, path, who) for path, methods in MATRIX.items() for method, who in methods.items()]


def test_every_route_has_its_row() -> None:
    assert {path: set(methods) for path, methods in MATRIX.items()} == ROUTES


def called(client: APIClient, world: World, method: str, path: str) -> tuple[int, str]:
    reply = getattr(client, method)(world.url(path), {}, format="json")
    if reply.streaming or not reply.headers.get("Content-Type", "").startswith("application/problem+json"):
        return reply.status_code, ""
    return reply.status_code, reply.json()["code"]


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
    tried["owner by key"] = called(as_user(world.owner), world, method, path)
    tried["owner"] = called(bearer, world, method, path)

    nobody = {"anonymous": (401, "not_authenticated"), "expired key": (401, "api_key_invalid")}
    not_there = (404, "not_found")
    refused: dict[str, Any] = {
        ANYBODY: {}, USER: nobody,
        OWNER: {**nobody, "other": not_there, "admin": not_there},
        OWNER_STAFF_READS: {**nobody, "other": not_there},
        STAFF: {**nobody, "other": (403, "permission_denied"), "owner": (403, "permission_denied"),
                "owner by key": (403, "permission_denied")},
    }[who]  # fmt: skip
    for caller, (status, code) in tried.items():
        if caller in refused:
            assert (status, code) == refused[caller], caller
        else:
            second = caller == "owner" and method == "delete"  # its object went a moment ago, by key
            allowed = status not in (401, 403) and (status != 404 or second)
            assert allowed or (status, code) in EXPECTED.get(path, ()), (caller, status, code)
        assert status < 500 or (
            path.endswith(("api/health/", "google/init/", "google/callback/", "/try/")) and status in (502, 503)
        ), (caller, code)


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

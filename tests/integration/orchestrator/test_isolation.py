"""What users' workflows answer, and a host of its own for it."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from core.asgi.apart import is_here
from core.values.hosts import fault_of_hooks_url
from core.web.answers_of_users import SANDBOX
from orchestrator.triggers.webhook_views import _response_of, isolated
from tests.builders import edge, graph, node
from tests.integration.orchestrator.test_forms import call

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
OURS = "https://heddle.example.org"
HOOKS = "https://hooks.example.org"
OWNER = UUID(int=1)


def answered(content_type: str, status: int = 200, **headers: str) -> Any:
    stored = {
        "status": status, "content_type": content_type, "content": base64.b64encode(b"<script>1</script>").decode(),
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
    }  # fmt: skip
    return isolated(_response_of(stored, OWNER))


@pytest.mark.parametrize("content_type", ["Text/HTML", "image/svg+xml", "", "text/plain, text/html", "text/html ;x=y"])
def test_what_might_be_a_page_is_in_a_sandbox(content_type: str) -> None:
    reply = answered(content_type, Content_Security_Policy="default-src *", Set_Cookie="a=b", Refresh="0;url=//evil")

    assert reply["Content-Security-Policy"] == SANDBOX
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert not {"Set-Cookie", "Refresh"} & set(reply.headers)


def test_json_and_text_are_what_they_say() -> None:
    for content_type in ("application/json", "text/plain; charset=utf-8"):
        reply = answered(content_type)
        assert "Content-Security-Policy" not in reply
        assert reply["X-Content-Type-Options"] == "nosniff"


def test_a_redirect_is_one_only_where_it_can_be_read() -> None:
    assert answered("text/plain", 302, Location="https://example.org/a")["Location"] == "https://example.org/a"
    assert "Location" not in answered("text/plain", 302, Location="//evil.example")
    assert "Location" not in answered("text/plain", 200, Location="https://example.org/a")


def test_addresses_name_the_host_of_webhooks_where_there_is_one(api: APIClient, settings: Any) -> None:
    settings.HOOKS_URL = HOOKS
    hook = graph([node("hook", "webhook_trigger", {"path": "in/:id"}), node("a")], [edge("hook", "a")])
    made = api.post(BASE, {"name": "Hook", **hook}, format="json").json()

    triggers = api.get(f"{BASE}{made['id']}/triggers/").json()["results"]
    [shown] = [one for one in triggers if one["node_id"] == "hook"]

    assert shown["url"] == f"{HOOKS}/api/webhooks/{made['owner_id']}/in/:id"
    assert shown["test_url"].startswith(f"{HOOKS}/api/webhooks-test/")


@pytest.mark.parametrize(
    ("host", "path", "served"),
    [("hooks.example.org", "/api/webhooks/u/p", True), ("HOOKS.example.org:443", "/hitl/", True),
     ("hooks.example.org.", "/api/webhooks-test/u/p", True), ("hooks.example.org", "/app/", False),
     ("hooks.example.org", "/api/auth/login/", False), ("hooks.example.org", "/api/docs/", False),
     ("hooks.example.org", "/static/app/index.js", False), ("hooks.example.org", "/ws/hitl/", False),
     ("heddle.example.org", "/app/", True), ("heddle.example.org", "/api/webhooks/u/p", False),
     ("heddle.example.org", "/hitl/", False), ("", "/hitl/", False), ("hooks.example.org", "/api/health/live/", True)],
)  # fmt: skip
def test_webhooks_are_there_and_nothing_else_is(settings: Any, host: str, path: str, served: bool) -> None:
    settings.HOOKS_URL = HOOKS
    assert is_here(host, path) is served


def test_without_such_a_host_all_is_in_one_place(settings: Any) -> None:
    settings.HOOKS_URL = ""
    assert is_here("anything", "/api/webhooks/u/p")


def test_a_host_of_its_own_is_another_host() -> None:
    assert fault_of_hooks_url(HOOKS, OURS) is None
    assert fault_of_hooks_url("https://heddle.example.org:8443", OURS)
    assert fault_of_hooks_url("hooks.example.org", OURS)
    assert fault_of_hooks_url("https://hooks.example.org/path", "")


def test_the_documentation_has_no_script_of_its_own() -> None:
    page = call("get", "/api/docs/")
    script = call("get", "/api/docs/?script=")

    assert "<script>" not in page.content.decode()
    assert "script-src 'self';" in page["Content-Security-Policy"]
    assert script["Content-Type"].startswith("application/javascript")


COOKIES = [
    "a=1; Max-Age=60; HttpOnly; Secure; SameSite=Lax", "b=2; Path=/api/webhooks/{owner}/x", "c=3; Path=/", "d=4; Domain=example.org",
    "heddle_refresh=x", "__Host-e=5", "broken",
]  # fmt: skip


@pytest.mark.parametrize(("hooks", "named"), [(HOOKS, ["a", "b", "c"]), ("", [])])
def test_cookies_are_set_on_a_host_of_its_own_for_their_owners_paths(
    settings: Any, hooks: str, named: list[str]
) -> None:
    settings.HOOKS_URL = hooks
    stored = {"status": 200, "content_type": "text/plain", "content": "", "headers": {},
              "cookies": [one.format(owner=OWNER) for one in COOKIES]}  # fmt: skip

    cookies = _response_of(stored, OWNER).cookies

    assert list(cookies) == named
    if named:
        root = f"/api/webhooks/{OWNER}/"
        assert [cookies[name]["path"] for name in named] == [root, f"{root}x", root]
        assert (cookies["a"]["max-age"], cookies["a"]["samesite"], cookies["a"]["httponly"]) == ("60", "Lax", True)
        assert not any(cookies[name]["domain"] for name in named)

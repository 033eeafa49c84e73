"""What a server may say: requests of its own, lists of tools, secrets; and how long all servers may take together."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.accounts import people
from core.models import User
from credentials import services as credentials
from mcp_integration import asking_all
from mcp_integration.models import McpServer
from tests.integration.mcp.conftest import BASE
from tests.integration.mcp.test_asking import called, left_over

pytestmark = pytest.mark.django_db
Make = Callable[..., dict[str, Any]]


# -- requests of a server --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"times": 5000}, "more than 32 things at once"),
        ({"times": 5000, "same": True}, "the id of a request again"),
    ],
    ids=["many", "the same id"],
)
def test_a_server_that_asks_and_takes_no_answer_is_given_up(
    api: APIClient, make_server: Make, arguments: dict[str, Any], said: str
) -> None:
    server = make_server()

    reply = called(api, server, "asks", arguments)

    assert (reply.status_code, reply.json()["code"]) == (502, "connection_failed")
    assert said in reply.json()["detail"]
    assert left_over(server) == []


def test_a_server_that_asks_now_and_then_is_answered(api: APIClient, make_server: Make) -> None:
    reply = called(api, make_server(), "asks", {"times": 20, "reads": True})

    assert reply.json()["content"] == [{"type": "text", "text": "asked"}]


# -- lists of tools --------------------------------------------------------------------------------------------------
def listed(api: APIClient, server: dict[str, Any], query: str = "") -> Any:
    return api.get(f"{BASE}{server['id']}/tools/{query}").json()


def test_of_many_tools_the_first_are_kept_and_the_rest_is_counted(api: APIClient, make_server: Make) -> None:
    server = make_server("many")

    told = listed(api, server)

    assert ([tool["name"] for tool in told["results"]], told["omitted"]) == ([f"t{at}" for at in range(500)], 200)
    assert listed(api, server) == told, "as it is kept"
    record = api.get(f"{BASE}{server['id']}/").json()
    assert (record["tools_count"], record["tools_omitted"]) == (500, 200)


def test_of_long_tools_what_was_left_out_is_said(api: APIClient, make_server: Make) -> None:
    told = listed(api, make_server("long"))

    assert [tool["name"] for tool in told["results"]] == [f"t{at}" for at in range(5)]
    assert told["omitted"] == 1, "a name that is cut would be another tool's"
    for tool in told["results"]:
        assert tool["left_out"] == ["description", "input_schema"]
        assert (tool["description"], tool["input_schema"]) == ("é" * 2048, {"type": "object"})


def test_pages_without_end_are_not_read_on(api: APIClient, make_server: Make) -> None:
    told = listed(api, make_server("pages"))

    assert 10 < len(told["results"]) <= 17
    assert told["omitted"] > 0
    assert len(str(McpServer.objects.get().tools)) < 1_100_000


def test_lists_of_servers_do_not_read_their_tools(api: APIClient, make_server: Make) -> None:
    listed(api, make_server("many"))

    with CaptureQueriesContext(connection) as queries:
        assert api.get(BASE).status_code == 200

    asked = [query["sql"] for query in queries if "mcp_integration_mcpserver" in query["sql"]]
    assert asked
    assert not any('"tools"' in sql for sql in asked)


def test_a_secret_that_a_server_tells_in_its_list_is_nowhere(api: APIClient, user: User, make_server: Make) -> None:
    secret = credentials.create(owner_id=user.pk, name="k", type="http_bearer", data={"token": "description"})
    server = make_server("tells", credential_id=str(secret.pk), credential_map={"env": {"SERVICE_KEY": "token"}})

    (tool,) = listed(api, server)["results"]

    assert tool["description"] == "Key [secret]."
    assert tool["input_schema"]["properties"] == {"[secret]": {"default": "[secret]", "enum": ["[secret]"]}}
    assert tool["annotations"] == {"title": "[secret]"}
    assert "Key description" not in str(McpServer.objects.get().tools)


# -- all servers -----------------------------------------------------------------------------------------------------
def test_all_servers_are_asked_side_by_side_with_one_end(
    api: APIClient, make_server: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_all, "WITHIN_S", 12)
    works = make_server(name="A")
    silent = [make_server("silent", name=f"B{number}", timeout_s=60) for number in range(6)]
    begun = time.monotonic()

    told = api.get(f"{BASE}tools/?refresh=true").json()

    assert time.monotonic() - begun < 20
    assert {tool["server_id"] for tool in told["results"]} == {works["id"]}
    assert {error["server_id"] for error in told["errors"]} == {server["id"] for server in silent}
    assert {error["code"] for error in told["errors"]} == {"timed_out", "not_asked"}
    assert set(McpServer.objects.exclude(pk=works["id"]).values_list("status", flat=True)) == {"unknown"}
    assert left_over(silent[0]) == []


def test_what_would_be_too_much_in_one_answer_is_named(
    api: APIClient, make_server: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_all, "MOST_BYTES", 10_000)
    small, large = make_server(name="A"), make_server("many", name="B")

    told = api.get(f"{BASE}tools/").json()

    assert {tool["server_id"] for tool in told["results"]} == {small["id"]}
    assert told["errors"] == [{"server_id": large["id"], "code": "too_large"}]


def test_a_key_that_reads_alone_starts_no_program(api: APIClient, user: User, make_server: Make) -> None:
    def as_key(*scopes: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_X_API_KEY=people.create_key(user=user, name=str(scopes), scopes=scopes)[1])
        return client

    server = make_server()
    reads, runs = as_key("read"), as_key("read", "run")

    unlisted = reads.get(f"{BASE}{server['id']}/tools/")
    all_unlisted = reads.get(f"{BASE}tools/").json()
    refreshed = [reads.get(f"{BASE}{path}tools/?refresh=true") for path in ("", f"{server['id']}/")]
    assert McpServer.objects.get().status == "unknown"
    known = runs.get(f"{BASE}{server['id']}/tools/").json()["results"]
    McpServer.objects.update(tools_cached_at="2026-01-01T00:00:00Z")

    assert (unlisted.status_code, unlisted.json()["code"]) == (403, "scope_missing")
    assert all_unlisted["errors"] == [{"server_id": server["id"], "code": "scope_missing"}]
    assert [(one.status_code, one.json()["code"]) for one in refreshed] == [(403, "scope_missing")] * 2
    assert reads.get(f"{BASE}{server['id']}/tools/").json()["results"] == known, "what was listed long ago"

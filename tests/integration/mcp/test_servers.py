"""Servers over REST: whose they are, what may stand in them, and what is kept of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import AuditEntry, User
from credentials import services as credentials
from credentials.models import CredentialShare
from mcp_integration.models import McpServer
from tests.integration.mcp.conftest import BASE

pytestmark = pytest.mark.django_db
HTTP = {"name": "Remote", "transport": "streamable_http", "url": "https://mcp.example.org/mcp"}
STDIO = {"name": "Local", "transport": "stdio", "command": sys.executable}


def test_a_server_is_made_read_changed_and_deleted(api: APIClient) -> None:
    made = api.post(BASE, {**HTTP, "headers": {"X-Team": "a"}}, format="json").json()
    path = f"{BASE}{made['id']}/"

    put = api.put(path, {**made, "name": "Other", "timeout_s": 10}, format="json")
    patched = api.patch(path, {"enabled": False}, format="json")
    listed = api.get(BASE).json()
    gone = api.delete(path)

    assert made.keys() == {
        "id", "name", "scope", "transport", "command", "args", "env", "url", "headers", "credential_id", "credential_map",
        "enabled", "timeout_s", "status", "last_error", "tools_count", "tools_omitted", "tools_cached_at", "created_at", "updated_at",
    }  # fmt: skip
    assert (made["scope"], made["status"], made["timeout_s"], made["credential_map"]) == ("user", "unknown", 30, {})
    assert (put.status_code, put.json()["name"], put.json()["headers"]) == (200, "Other", {"X-Team": "a"})
    assert (patched.json()["enabled"], patched.json()["name"]) == (False, "Other")
    assert [one["id"] for one in listed["results"]] == [made["id"]]
    assert (gone.status_code, api.get(path).status_code) == (204, 404)
    assert list(AuditEntry.objects.order_by("at").values_list("action", flat=True)) == [
        "mcp_server.create", "mcp_server.update", "mcp_server.update", "mcp_server.delete",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**STDIO, "command": "rm"}, "command"),
        ({**STDIO, "command": f"{sys.executable} -V"}, "command"),
        ({**STDIO, "command": ""}, "command"),
        ({**STDIO, "env": {"API_TOKEN": "abc"}}, "env.API_TOKEN"),
        ({**STDIO, "env": {"PLAIN": "ghp_" + "a" * 36}}, "env.PLAIN"),
        ({**STDIO, "env": {"LD_PRELOAD": "/tmp/x.so"}}, "env.LD_PRELOAD"),
        ({**STDIO, "env": {"NODE_OPTIONS": "--import x"}}, "env.NODE_OPTIONS"),
        ({**STDIO, "env": {"a b": "x"}}, "env.a b"),
        ({**STDIO, "args": ["--token=sk-aaaaaaaaaaaaaaaaaaaaaaaa"]}, "args.0"),
        ({**HTTP, "headers": {"Authorization": "Bearer x"}}, "headers.Authorization"),
        ({**HTTP, "headers": {"X-Note": "Bearer abcdefghijkl0123456789"}}, "headers.X-Note"),
        ({**HTTP, "headers": {"Host": "x"}}, "headers.Host"),
        ({**HTTP, "headers": {"X-A": "b\r\nX-C: d"}}, "headers.X-A"),
        ({**HTTP, "url": "ftp://example.org"}, "url"),
        ({**HTTP, "url": "https://ann:pass@example.org/mcp"}, "url"),
        ({**HTTP, "credential_map": {"headers": {"X-Key": "token"}}}, "credential_id"),
        ({**HTTP, "timeout_s": 0}, "timeout_s"),
        ({**HTTP, "transport": "carrier_pigeon"}, "transport"),
    ],
)  # fmt: skip
def test_what_may_not_stand_in_a_record_is_refused_by_its_field(
    api: APIClient, body: dict[str, Any], field: str
) -> None:
    reply = api.post(BASE, body, format="json")

    assert (reply.status_code, reply.json()["code"]) == (400, "validation_error")
    assert field in {error["field"] for error in reply.json()["errors"]}
    assert not McpServer.objects.exists()


def test_a_credential_is_mapped_by_fields_it_has_and_only_where_it_may_be_used(
    api: APIClient, user: User, make_user: Callable[..., User]
) -> None:
    friend = make_user()
    data = {"token": "canary-77", "allowed_hosts": "mcp.example.org"}
    own = credentials.create(owner_id=user.pk, name="a", type="http_bearer", data=data)
    lent = credentials.create(owner_id=friend.pk, name="b", type="http_bearer", data=data)
    theirs = credentials.create(owner_id=friend.pk, name="c", type="http_bearer", data=data)
    CredentialShare.objects.create(credential=lent, user_id=user.pk)

    def made(credential_id: Any, **changes: Any) -> tuple[int, str, list[str]]:
        reply = api.post(BASE, {**HTTP, "credential_id": str(credential_id), **changes}, format="json")
        body = reply.json()
        return reply.status_code, body.get("code", ""), [error["field"] for error in body.get("errors", ())]

    assert made(own.pk, credential_map={"headers": {"Authorization": "Bearer {token}"}})[0] == 201
    assert made(own.pk, credential_map={"headers": {"X": "nope"}}) == (
        400,
        "validation_error",
        ["credential_map.headers.X"],
    )
    assert made(theirs.pk) == (400, "credential_missing", ["credential_id"])
    assert made(lent.pk, name="Lent", credential_map={"headers": {"X-Key": "token"}})[0] == 201
    assert made(lent.pk, **{**STDIO, "credential_map": {"env": {"KEY": "token"}}}) == (
        400,
        "validation_error",
        ["credential_map.env"],
    )
    assert "canary-77" not in api.get(BASE).content.decode()


def test_a_name_stands_once_in_an_account(api: APIClient, other_api: APIClient) -> None:
    first, again, others = (client.post(BASE, HTTP, format="json") for client in (api, api, other_api))

    assert (first.status_code, again.status_code, others.status_code) == (201, 409, 201)
    assert again.json()["code"] == "name_taken"


def test_somebody_elses_server_is_not_there_and_the_systems_is_everybodys_to_read(
    api: APIClient, other_api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    staff = as_user(make_user(is_staff=True))
    mine = api.post(BASE, HTTP, format="json").json()["id"]
    refused = api.post(BASE, {**HTTP, "name": "S", "scope": "system"}, format="json")
    system = staff.post(BASE, {**HTTP, "name": "S", "scope": "system"}, format="json").json()["id"]

    for client in (other_api, staff):
        for method in ("get", "put", "patch", "delete"):
            assert getattr(client, method)(f"{BASE}{mine}/", {}, format="json").status_code == 404
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert [one["id"] for one in other_api.get(BASE).json()["results"]] == [system]
    assert other_api.get(f"{BASE}{system}/").status_code == 200
    for method in ("put", "patch", "delete"):
        reply = getattr(other_api, method)(f"{BASE}{system}/", {"name": "x"}, format="json")
        assert (reply.status_code, reply.json()["code"]) == (403, "read_only")
    assert staff.patch(f"{BASE}{system}/", {"name": "T"}, format="json").json()["name"] == "T"


def test_lists_are_filtered_searched_and_paged(api: APIClient) -> None:
    for name in ("Alpha", "Beta", "Gamma"):
        api.post(BASE, {**HTTP, "name": name, "enabled": name != "Beta"}, format="json")
    api.post(BASE, {**STDIO, "name": "Delta"}, format="json")

    def names(query: str) -> list[str]:
        return [one["name"] for one in api.get(f"{BASE}?{query}").json()["results"]]

    assert names("ordering=name") == ["Alpha", "Beta", "Delta", "Gamma"]
    assert names("transport=stdio,sse") == ["Delta"]
    assert names("enabled=false") == ["Beta"]
    assert names("search=amm") == ["Gamma"]
    assert names("ordering=name&page_size=2&page=2") == ["Delta", "Gamma"]
    assert api.get(f"{BASE}?transport=nope").status_code == 400

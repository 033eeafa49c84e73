"""Asking a server over REST: its tools, a try, a call by hand. The server is a program that is started for it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import User
from credentials import services as credentials
from credentials.access import Visitor
from mcp_integration.models import McpServer
from tests.conftest import Peer
from tests.integration.mcp.conftest import BASE

pytestmark = pytest.mark.django_db
Make = Callable[..., dict[str, Any]]


def called(api: APIClient, server: dict[str, Any], tool: str, arguments: dict[str, Any] | None = None) -> Any:
    return api.post(f"{BASE}{server['id']}/tools/{tool}/call/", {"arguments": arguments or {}}, format="json")


def test_tools_are_listed_kept_and_asked_for_again_after_a_change(api: APIClient, make_server: Make) -> None:
    server = make_server()
    path = f"{BASE}{server['id']}/"

    tools = api.get(f"{path}tools/").json()["results"]
    row = McpServer.objects.get()
    McpServer.objects.update(tools=[{**row.tools[0], "name": "kept"}])
    kept = [tool["name"] for tool in api.get(f"{path}tools/").json()["results"]]
    fresh = [tool["name"] for tool in api.get(f"{path}tools/?refresh=true").json()["results"]]
    api.patch(path, {"args": server["args"][:-1]}, format="json")
    changed = api.get(path).json()

    echo = tools[0]
    assert echo == {
        "server_id": server["id"], "server_name": "Plain", "name": "echo", "description": "It echo.",
        "input_schema": {"type": "object"}, "annotations": {"readOnlyHint": True}, "left_out": [],
    }  # fmt: skip
    assert (row.status, row.tools_count) == ("ok", len(tools))
    assert (kept, fresh) == (["kept"], [tool["name"] for tool in tools])
    assert (changed["status"], changed["tools_count"], changed["tools_cached_at"]) == ("unknown", None, None)


def test_a_try_says_whether_it_works_and_the_record_why_not(api: APIClient, make_server: Make) -> None:
    works, silent = make_server(), make_server("no_json", name="Broken")

    good = api.post(f"{BASE}{works['id']}/validate_credentials/")
    bad = api.post(f"{BASE}{silent['id']}/validate_credentials/")
    together = api.get(f"{BASE}tools/").json()

    assert (good.status_code, good.json()["valid"], good.json()["tools_count"] > 10) == (200, True, True)
    assert (bad.status_code, bad.json()["code"]) == (502, "connection_failed")
    assert "no message of the protocol" in bad.json()["detail"]
    assert api.get(f"{BASE}{silent['id']}/").json()["status"] == "error"
    assert together["errors"] == [{"server_id": silent["id"], "code": "connection_failed"}]
    assert {tool["server_id"] for tool in together["results"]} == {works["id"]}


def test_a_tool_is_called_by_hand(api: APIClient, make_server: Make) -> None:
    server = make_server()

    echoed = called(api, server, "echo", {"text": "hello", "n": [1, None]}).json()
    failed = called(api, server, "fails").json()
    unknown = called(api, server, "no/such.tool")
    picture = called(api, server, "picture").json()
    large = called(api, server, "large", {"bytes": 600_000}).json()

    assert echoed["content"] == [{"type": "text", "text": "hello"}]
    assert echoed["structured"] == {"said": {"text": "hello", "n": [1, None]}}
    assert (echoed["is_error"], echoed["truncated"]) == (False, False)
    assert (failed["is_error"], failed["content"][0]["text"]) == (True, "it did not work")
    assert (unknown.status_code, unknown.json()["reason"]) == (502, "refused")
    assert picture["content"][0] == {"type": "image", "mimeType": "image/png", "data": "iVBORw0KGgo="}
    assert (len(large["content"][0]["text"]), large["truncated"]) == (256 * 1024, True)


def test_a_credential_goes_into_the_variable_it_is_mapped_to_and_into_no_answer(
    api: APIClient, user: User, make_server: Make
) -> None:
    secret = credentials.create(owner_id=user.pk, name="k", type="http_bearer", data={"token": "canary-env-5151"})
    server = make_server(
        env={"LOOK_AT": "/etc/hostname"}, credential_id=str(secret.pk), credential_map={"env": {"SERVICE_KEY": "token"}}
    )

    seen = called(api, server, "facts").json()["structured"]

    assert set(seen["env"]) == {"PATH", "LANG", "HOME", "TMPDIR", "LOOK_AT", "SERVICE_KEY"}
    assert seen["env"]["SERVICE_KEY"] == "[secret]"
    credentials.delete(credential=secret, visitor=Visitor(user.pk), force=True)
    gone = called(api, server, "facts")
    assert (gone.status_code, gone.json()["code"]) == (400, "credential_missing")


def test_what_is_switched_off_or_off_the_list_is_not_started(api: APIClient, make_server: Make, settings: Any) -> None:
    server = make_server()
    api.patch(f"{BASE}{server['id']}/", {"enabled": False}, format="json")
    off = called(api, server, "echo")
    api.patch(f"{BASE}{server['id']}/", {"enabled": True}, format="json")
    settings.MCP_COMMANDS = []
    unlisted = called(api, server, "echo")

    assert (off.status_code, off.json()["code"]) == (400, "mcp_server_disabled")
    assert (unlisted.status_code, unlisted.json()["code"]) == (400, "mcp_command_not_allowed")


def test_a_server_is_kept_in(api: APIClient, make_server: Make, open_folder: Path) -> None:
    secret_file = open_folder / "world-readable.txt"
    secret_file.write_text("x")
    server = make_server(env={"LOOK_AT": str(secret_file)})

    seen = called(api, server, "facts").json()["structured"]

    assert (seen["reads_here"], seen["writes_tmp"], seen["writes_own"]) == (False, False, True)
    assert seen["open"][:3] == [0, 1, 2]
    assert len(seen["open"]) <= 4  # the fourth is the folder that it lists
    assert not Path(seen["cwd"]).exists()
    assert seen["pid"] == seen["group"] != os.getpgid(0)
    if os.getuid() == 0:
        assert seen["uid"] not in (0, 65534)
        assert seen["groups"] == []


def test_nothing_that_came_of_a_server_outlives_it(api: APIClient, make_server: Make) -> None:
    server = make_server()

    pids = called(api, server, "forks").json()["structured"]["pids"]

    assert len(pids) == 3
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.parametrize(
    ("tool", "said"),
    [("huge", "more than 1048576 bytes"), ("endless", "more than 1048576 bytes"), ("dies", "has ended")],
)
def test_a_server_that_breaks_in_a_call_is_named(api: APIClient, make_server: Make, tool: str, said: str) -> None:
    server = make_server()
    begun = time.monotonic()

    broken = called(api, server, tool)
    fine = called(api, make_server(name="Other"), "echo", {"text": "x"})

    assert (broken.status_code, broken.json()["code"]) == (502, "connection_failed")
    assert said in broken.json()["detail"]
    assert fine.status_code == 200
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(("start", "code"), [("silent", 502), ("endless", 502), ("flood", 502), ("bomb", 502)])
def test_a_server_that_never_opens_a_session_is_given_up(
    api: APIClient, make_server: Make, start: str, code: int
) -> None:
    server = make_server(start, timeout_s=3)
    begun = time.monotonic()

    reply = api.post(f"{BASE}{server['id']}/validate_credentials/")

    assert reply.status_code == code
    assert time.monotonic() - begun < 25
    assert left_over(server) == []


def test_a_silent_tool_is_given_up_in_time(api: APIClient, make_server: Make) -> None:
    server = make_server(timeout_s=2)

    reply = called(api, server, "silent")

    assert (reply.status_code, reply.json()["code"]) == (504, "timed_out")
    assert left_over(server) == []


def test_a_lie_about_a_schema_is_the_servers_own_affair(api: APIClient, make_server: Make) -> None:
    answer = called(api, make_server(), "lies").json()

    assert (answer["structured"], answer["is_error"]) == ({"number": "none"}, False)


def test_tcp_is_closed_unless_the_operator_opens_it_for_the_command(
    api: APIClient, make_server: Make, settings: Any, peer: Peer
) -> None:
    server = make_server()
    where = {"host": "127.0.0.1", "port": int(peer.url.rsplit(":", 1)[1])}

    closed = called(api, server, "connects", where).json()["structured"]
    settings.MCP_NETWORK = [sys.executable]
    opened = called(api, server, "connects", where).json()["structured"]

    assert (closed["errno"], opened["errno"]) == (13, 0)


def left_over(server: dict[str, Any]) -> list[str]:
    """Return the processes that run a server's script."""
    script = server["args"][2].encode()
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if script in line.split(b"\0"):
            found.append(name)
    return found

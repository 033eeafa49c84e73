"""The MCP Tool node in runs: an engine in this process, a server that it starts, one session for all calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from core.models import User
from credentials import services as credentials
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from mcp_integration.models import McpServer
from tests.builders import chain, node
from tests.integration.executor import running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def engine(allowed: None) -> Iterator[EngineThread]:
    made = running.engine_thread(abilities={"mcp": "executor.node.mcp_servers.provider"})
    made.start()
    yield made
    made.stop(0.1)
    made.join(20)


def stored(owner: User, plain: str, **fields: Any) -> str:
    made = McpServer.objects.create(**{
        "owner_id": owner.pk, "name": f"s{uuid4()}", "transport": "stdio", "command": sys.executable,
        "args": ["-I", "-S", plain], "timeout_s": 20, **fields,
    })  # fmt: skip
    return str(made.pk)


def called(engine: EngineThread, owner: User, server: str, tool: str, *items: Any, **params: Any) -> Any:
    wanted = {"server_id": server, "tool": tool, "arguments": "{{ $json }}", **params}
    return running.run(engine, chain(node("m", "mcp_tool", wanted)), list(items) or [{}], owner=owner.pk)


def results(execution: Any) -> list[dict[str, Any]]:
    assert execution.state.status == "completed", execution.error
    return [item["json"] for item in execution.output]


def test_each_item_is_a_call_over_one_session_and_a_step_that_is_kept(
    engine: EngineThread, user: User, plain: str
) -> None:
    server = stored(user, plain)

    echoed = called(engine, user, server, "echo", {"text": "a"}, {"text": "b"})
    pids = {one["structured"]["pid"] for one in results(called(engine, user, server, "facts", {}, {}))}
    chosen = {"server_id": "{{ $json.s }}", "tool": "{{ $json.t }}", "arguments": {"text": "{{ $json.t }}!"}}
    at_run_time = running.run(engine, chain(node("m", "mcp_tool", chosen)), [{"s": server, "t": "echo"}], owner=user.pk)

    assert results(echoed) == [
        {"content": [{"type": "text", "text": text}], "structured": {"said": {"text": text}}, "is_error": False}
        for text in ("a", "b")
    ]
    steps = NodeRun.objects.filter(execution_id=echoed.pk, path__contains="@")
    assert sorted(row.path for row in steps) == ["m@0.call", "m@1.call"]
    assert {row.effect for row in steps} == {"read"}
    assert len(pids) == 1
    assert results(at_run_time)[0]["content"][0]["text"] == "echo!"
    row = McpServer.objects.get(pk=server)
    assert (row.status, row.tools_count) == ("ok", len(row.tools or []))


def test_a_tool_that_fails_fails_the_node_unless_that_is_wanted(engine: EngineThread, user: User, plain: str) -> None:
    server = stored(user, plain)

    failed = called(engine, user, server, "fails")
    goes_on = called(engine, user, server, "fails", fail_on_error=False)

    assert (failed.error["code"], failed.error["message"]) == ("mcp_tool_failed", "it did not work")
    assert results(goes_on)[0]["is_error"] is True


def test_pictures_become_files(engine: EngineThread, user: User, plain: str) -> None:
    execution = called(engine, user, stored(user, plain), "picture")

    (item,) = execution.output
    assert item["json"]["content"][0] == {"type": "image", "mimeType": "image/png", "file": "file_0"}
    assert item["json"]["content"][1]["resource"]["text"] == "memo"
    assert (item["binary"]["file_0"]["mime_type"], item["binary"]["file_0"]["size_bytes"]) == ("image/png", 8)


def test_a_call_that_was_cut_off_is_made_again_only_where_it_changes_nothing(
    engine: EngineThread, user: User, plain: str, shared_folder: Path, settings: Any
) -> None:
    settings.MCP_PATHS = [str(shared_folder)]
    server = stored(user, plain)
    counted, marker = shared_folder / "counted", shared_folder / "marker"

    reads = called(engine, user, server, "dies_once", {"marker": str(marker)})
    once = {"settings": {"retry": {"max_attempts": 3, "delay_s": 0}}}
    wanted = {"server_id": server, "tool": "count", "arguments": {"file": str(counted), "dies": True}}
    writes = running.run(engine, chain(node("m", "mcp_tool", wanted, **once)), [{}], owner=user.pk)
    after = called(engine, user, server, "count", {"file": str(counted)})

    assert results(reads)[0]["content"][0]["text"] == "alive"
    assert (writes.state.status, writes.error["code"]) == ("failed", "mcp_tool_failed")
    assert results(after)[0]["content"][0]["text"] == "counted"
    assert counted.read_text() == "xx"


def test_whose_server_it_is_and_how_it_stands_is_looked_at(
    engine: EngineThread, user: User, make_user: Any, plain: str
) -> None:
    friend = make_user()
    theirs, systems = stored(friend, plain), stored(friend, plain, scope="system")
    off, unlisted = stored(user, plain, enabled=False), stored(user, plain, command="/bin/true")

    codes = [called(engine, user, one, "echo").error["code"] for one in (theirs, "no id", off, unlisted)]

    assert codes == ["mcp_server_missing", "mcp_server_missing", "mcp_server_disabled", "mcp_command_not_allowed"]
    assert results(called(engine, user, systems, "echo", {"text": "x"}))[0]["content"][0]["text"] == "x"


def test_a_mapped_secret_reaches_the_server_and_no_row(engine: EngineThread, user: User, plain: str) -> None:
    secret = credentials.create(owner_id=user.pk, name="k", type="http_bearer", data={"token": "canary-env-5151"})
    server = stored(user, plain, credential_id=secret.pk, credential_map={"env": {"SERVICE_KEY": "token"}})

    execution = called(engine, user, server, "facts")

    assert results(execution)[0]["structured"]["env"]["SERVICE_KEY"] == "[secret]"
    rows = [str(row.outputs) for row in NodeRun.objects.filter(execution_id=execution.pk)]
    assert rows
    assert not any("canary-env-5151" in row for row in rows)


@pytest.mark.parametrize("tool", ["huge", "endless", "dies", "writes"])
def test_a_hostile_server_takes_no_other_call_along(engine: EngineThread, user: User, plain: str, tool: str) -> None:
    hostile, honest = stored(user, plain), stored(user, plain)

    bad = called(engine, user, hostile, tool)
    good = called(engine, user, honest, "echo", {"text": "fine"})

    assert bad.state.status == ("completed" if tool == "writes" else "failed")
    assert results(good)[0]["content"][0]["text"] == "fine"


def test_what_was_started_ends_with_the_process(engine: EngineThread, user: User, plain: str) -> None:
    (facts,) = results(called(engine, user, stored(user, plain), "facts"))
    pid = facts["structured"]["pid"]
    assert Path(f"/proc/{pid}").exists()

    engine.stop(0.1)
    engine.join(20)

    assert not Path(f"/proc/{pid}").exists()
    assert pid != os.getpid()

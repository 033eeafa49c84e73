"""Servers at an address: our guarded connections below the SDK's transport."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from mcp.server.mcpserver import MCPServer

from mcp_integration.client.session import Session
from mcp_integration.client.spec import McpFailed, Outcome, ServerSpec
from tests.conftest import Peer


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """An SDK's server over streamable HTTP and, below /older, over SSE; returns host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = MCPServer("there")

    @server.tool()
    def add(a: int, b: int) -> int:
        return a + b

    @server.tool()
    def long(size: int) -> str:
        return "x" * size

    app = server.streamable_http_app()
    app.mount("/older", server.sse_app())
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    yield f"127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


def called(spec: ServerSpec, tool: str, arguments: dict[str, Any], mode: str = "auto") -> Outcome:
    async def go() -> Outcome:
        session = Session(spec, mode)
        try:
            return await session.call(tool, arguments)
        finally:
            await session.close()

    return asyncio.run(go())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(("transport", "path"), [("streamable_http", "/mcp"), ("sse", "/older/sse")])
def test_a_tool_at_an_address_is_called(address: str, transport: str, path: str, mode: str) -> None:
    spec = ServerSpec(transport, url=f"http://{address}{path}", private_hosts=(address,), timeout_s=10)

    assert called(spec, "add", {"a": 2, "b": 3}, mode).structured == {"result": 5}


def test_an_address_that_is_private_is_not_called(address: str) -> None:
    with pytest.raises(McpFailed, match="not a public address"):
        called(ServerSpec("streamable_http", url=f"http://{address}/mcp", timeout_s=10), "add", {"a": 1, "b": 1})


def test_an_answer_without_measure_ends_the_connection(address: str) -> None:
    spec = ServerSpec("streamable_http", url=f"http://{address}/mcp", private_hosts=(address,), timeout_s=10)

    with pytest.raises(McpFailed, match="more than 1048576 bytes"):
        called(spec, "long", {"size": 3_000_000})
    assert len(called(spec, "long", {"size": 300_000}).content[0]["text"]) == 300_000


def test_a_redirect_to_another_origin_is_not_followed(peer: Peer, address: str) -> None:
    peer.answer("/mcp", (307, {"Location": f"http://{address}/mcp"}, b""))
    spec = ServerSpec(
        "streamable_http", url=f"{peer.url}/mcp", private_hosts=(peer.host, address), timeout_s=5,
        headers=(("X-Key", "canary"),),
    )  # fmt: skip

    with pytest.raises(McpFailed):
        called(spec, "add", {"a": 1, "b": 1})
    assert {call.headers["x-key"] for call in peer.calls} == {"canary"}


def test_a_page_in_place_of_a_server_is_told(peer: Peer) -> None:
    peer.answer("/mcp", (200, {"Content-Type": "text/html"}, b"<html>hello</html>"))
    spec = ServerSpec("streamable_http", url=f"{peer.url}/mcp", private_hosts=(peer.host,), timeout_s=5)
    begun = time.monotonic()

    with pytest.raises(McpFailed):
        called(spec, "add", {})
    assert time.monotonic() - begun < 12
    assert all(json.loads(call.body)["jsonrpc"] == "2.0" for call in peer.calls if call.method == "POST")

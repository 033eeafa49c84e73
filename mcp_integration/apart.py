"""Speaks to a server for one request of a web process, in a process of its own that ends with it.

The web process starts no foreign program, reads nothing of what a server says but the result, and never imports the
SDK. A worker would do as well, but a page that lists tools would then wait behind runs. The order is a line of JSON on
standard input, the answer JSON on standard output; secrets stand in neither arguments nor environment.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from core.fairness.blocking_places import BlockingPlaces
from core.json import NotStorable, dumps_lossy, dumps_own, loads, loads_own
from mcp_integration.client.listing import Listing
from mcp_integration.client.spec import McpFailed, Outcome, ServerSpec, Tool

ROOT = Path(__file__).resolve().parent.parent
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from mcp_integration.apart import main; main()"
PLACES = BlockingPlaces(4)
PATIENCE_S = 20  # for a place
OVERHEAD_S = 25  # starting, importing, ending
MOST_ANSWER = 8 * 1024 * 1024


def list_tools(spec: ServerSpec, *, owner: Hashable, within_s: float | None = None) -> Listing:
    """Return what a server can do; `within_s`: all in all, starting it included. Raises: McpFailed."""
    given = _asked({"do": "tools"}, spec, owner, within_s)
    return Listing(tuple(Tool(**one) for one in given["tools"]), given["omitted"])


def call_tool(spec: ServerSpec, name: str, arguments: Mapping[str, Any], *, owner: Hashable) -> tuple[Outcome, int]:
    """Call a tool; returns what it gave, and the milliseconds it took. Raises: McpFailed."""
    given = _asked({"do": "call", "name": name, "arguments": arguments}, spec, owner)
    return Outcome(**given["outcome"]), given["duration_ms"]


def _asked(
    order: Mapping[str, Any], spec: ServerSpec, owner: Hashable, within_s: float | None = None
) -> dict[str, Any]:
    begun = time.monotonic()
    if not PLACES.take(owner, PATIENCE_S if within_s is None else min(within_s, PATIENCE_S)):
        raise McpFailed("Too many MCP servers are being asked; try again", code="busy")
    try:
        limit_s = 2 * spec.timeout_s + OVERHEAD_S
        if within_s is not None:
            limit_s = min(limit_s, max(within_s - (time.monotonic() - begun), 0))
        return _run(dumps_own({**order, "spec": spec.as_dict()}) + b"\n", limit_s)
    finally:
        PLACES.give_back(owner)


def _run(order: bytes, timeout_s: float) -> dict[str, Any]:
    command = [sys.executable, "-B", "-I", "-c", BOOT, str(ROOT)]
    with subprocess.Popen(  # noqa: S603 (our own program)
        command, env={}, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as child:  # fmt: skip
        try:
            raw, _ = child.communicate(order, timeout=timeout_s)
        except subprocess.TimeoutExpired as exc:
            raise McpFailed("The server took too long", code="timed_out") from exc
        finally:
            child.kill()
    try:
        answer = loads(raw[:MOST_ANSWER])
    except NotStorable as exc:
        raise McpFailed("The server's answer could not be read", code="invalid_answer") from exc
    if not isinstance(answer, dict):
        raise McpFailed("The server's answer could not be read", code="invalid_answer")
    if "error" in answer:
        raise McpFailed(answer["error"]["message"], code=answer["error"]["code"])
    return answer


# -- the process apart -----------------------------------------------------------------------------------------------
def main() -> None:
    order = loads_own(sys.stdin.buffer.readline())
    try:
        answer = asyncio.run(_worked(order, ServerSpec.read(order["spec"])))
    except McpFailed as exc:
        answer = {"error": {"message": exc.message, "code": exc.code}}
    sys.stdout.buffer.write(dumps_lossy(answer))
    sys.stdout.buffer.flush()


async def _worked(order: Mapping[str, Any], spec: ServerSpec) -> dict[str, Any]:
    from mcp_integration.client.session import Session  # noqa: PLC0415 (the SDK is for this process alone)

    session = Session(spec)
    try:
        if order["do"] == "tools":
            listing = await session.tools()
            return {"tools": [tool.as_dict() for tool in listing.tools], "omitted": listing.omitted}
        begun = time.monotonic()
        outcome = await session.call(order["name"], order["arguments"])
        return {"outcome": outcome.as_dict(), "duration_ms": round((time.monotonic() - begun) * 1000)}
    finally:
        await session.close()

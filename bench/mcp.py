"""What a call of a tool of an MCP server takes once the server is there: `mcp-server-time`, behind our walls."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from mcp_integration.client.session import Session
from mcp_integration.client.spec import Confinement, ServerSpec
from tests.integration.mcp.installing import python_servers

CALLS = 200
ACCOUNT, ACCOUNTS = 57_000, 10  # numbers that nobody has, where we are root


def figures() -> dict[str, float]:
    programs = python_servers()
    with tempfile.TemporaryDirectory(prefix="heddle-bench-mcp-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        walls = Confinement(os.environ["PATH"], f"{folder}/folders", f"{folder}/accounts", ACCOUNT, ACCOUNTS)
        spec = ServerSpec("stdio", str(programs / "mcp-server-time"), timeout_s=60, confinement=walls)
        times = asyncio.run(called(spec))
    return {"mcp_call_ms": statistics.median(times[20:]), "mcp_first_call_ms": times[0]}


async def called(spec: ServerSpec) -> list[float]:
    """Return what each call took, in ms; the first one starts the server."""
    session, times = Session(spec), []
    try:
        for _ in range(CALLS):
            begin = time.perf_counter()
            await session.call("get_current_time", {"timezone": "UTC"})
            times.append((time.perf_counter() - begin) * 1000)
    finally:
        await session.close()
    return times

"""A server that is a program: started by the launcher, spoken to in lines over its standard input and output.

The transport of the SDK has no limit on a line, reads in quadratic time and leaves children behind; this one is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage

from core.json import dumps_own, loads_own
from mcp_integration.client import programs
from mcp_integration.client.lines import Lines, TooLong
from mcp_integration.client.spec import MESSAGE_BYTES, Confinement, Link, McpFailed, ServerSpec

ROOT = Path(__file__).resolve().parent.parent.parent
BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from mcp_integration.launcher.starting import run; "
    "run(int(sys.argv[2]))"
)
START_S = 10
GOODBYE_S = 1  # what a server may take to end by itself once its input is closed
KILL_S = 12  # what the launcher may take to kill all
PIECE = 64 * 1024
DEAR_S, REST = 0.001, 4  # what is read in longer rests four times as long: a flood gets a fifth of the loop
STDERR_PAUSE_S = 0.05  # between pieces of what nobody reads
LIMITS = ("memory_bytes", "processes", "cpu_s", "open_files", "disk_bytes", "file_bytes")
STDERR_KEPT = 16  # last pieces of standard error, of 256 bytes


class Process:
    """A launcher with its server."""

    def __init__(self, launcher: asyncio.subprocess.Process, control: socket.socket) -> None:
        self.launcher = launcher
        self.control = control
        self._stderr: deque[bytes] = deque(maxlen=STDERR_KEPT)

    @property
    def said(self) -> str:
        """Return the end of what the server wrote to standard error."""
        return b"".join(self._stderr).decode("utf-8", "replace").strip()[-2000:]

    @property
    def ending(self) -> str:
        """Return why the server has ended: what the launcher says of it, else its own last words."""
        with contextlib.suppress(OSError, ValueError):  # it says nothing unless it ended the server itself
            told: dict[str, Any] = loads_own(self.control.recv(PIECE))
            return f"The server was ended. {told['ended']}"
        return f"The server has ended. {self.said}".strip()

    async def drain_stderr(self) -> None:
        assert self.launcher.stderr is not None  # noqa: S101 (it was asked for)
        while piece := await self.launcher.stderr.read(PIECE):
            self._stderr.extend(piece[at : at + 256] for at in range(max(len(piece) - 4096, 0), len(piece), 256))
            await asyncio.sleep(STDERR_PAUSE_S)

    async def end(self) -> None:
        """Let the server go: its input is closed, it may end by itself, then all that came of it is killed."""
        if self.launcher.stdin is not None:
            self.launcher.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self.launcher.wait()
        self.control.close()
        try:
            async with asyncio.timeout(KILL_S):
                await self.launcher.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.launcher.kill()
        # Pipes that nobody reads to their end stay open otherwise, and the loop cannot be closed.
        self.launcher._transport.close()  # type: ignore[attr-defined]  # the library offers no other way


@asynccontextmanager
async def started(spec: ServerSpec) -> AsyncIterator[Process]:
    """Start a server; at the end all that came of it is gone. Raises: McpFailed."""
    walls = spec.confinement
    if walls is None:
        raise McpFailed("Programs are not started here")
    order = await asyncio.to_thread(_order, spec, walls)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    try:
        launcher = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-B", "-c", BOOT, str(ROOT), str(theirs.fileno()),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            pass_fds=(theirs.fileno(),), env={}, cwd="/", start_new_session=True, limit=PIECE,
        )  # fmt: skip
    except OSError as exc:
        ours.close()
        raise McpFailed(f"No process could be started: {exc.strerror}") from exc
    finally:
        theirs.close()
    process = Process(launcher, ours)
    draining = asyncio.create_task(process.drain_stderr())
    try:
        await _told(process, order)
        yield process
    finally:
        await asyncio.shield(asyncio.ensure_future(_ended(process, draining)))


async def _ended(process: Process, draining: asyncio.Task[None]) -> None:
    await process.end()
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)


async def _told(process: Process, order: bytes) -> None:
    """Give the launcher its order and wait until the server runs. Raises: McpFailed."""
    loop = asyncio.get_running_loop()
    answer = b""
    try:
        async with asyncio.timeout(START_S):
            await loop.sock_sendall(process.control, order)
            while not answer.endswith(b"\n"):
                piece = await loop.sock_recv(process.control, PIECE)
                if not piece:
                    raise McpFailed(f"The server could not be started. {process.said}"[:1000])
                answer += piece
    except (TimeoutError, OSError) as exc:
        raise McpFailed("The server could not be started in time") from exc
    told: dict[str, Any] = loads_own(answer)
    if "error" in told:
        raise McpFailed(f"The server could not be started: {told['error']}")


def _order(spec: ServerSpec, walls: Confinement) -> bytes:
    program = programs.located(spec.command, walls.search_path)
    read, places = programs.needed_by(program, walls.search_path)
    read, write = [*read, *walls.read], [*programs.DEVICES, *walls.write]
    programs.check_closed([*read, *write], walls.closed)
    os.makedirs(walls.folders, mode=0o711, exist_ok=True)
    return dumps_own({
        "program": program, "argv": [spec.command, *spec.args],
        "env": {"PATH": os.pathsep.join(places), "LANG": "C.UTF-8", **spec.env},
        "accounts": {"first": walls.first_account, "count": walls.accounts, "folder": walls.account_locks},
        "folders": walls.folders, "network": walls.network, "needs_landlock": walls.needs_landlock,
        "read": read, "write": write,
        "limits": {name: getattr(walls, name) for name in LIMITS},
    }) + b"\n"  # fmt: skip


@asynccontextmanager
async def over_process(spec: ServerSpec, link: Link) -> AsyncIterator[tuple[Any, Any]]:
    """Start a server and give the streams of messages that the SDK's client takes."""
    async with started(spec) as process:
        to_client, came = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        from_client, going = anyio.create_memory_object_stream[SessionMessage](0)
        reading = asyncio.create_task(_read(process, to_client, link))
        writing = asyncio.create_task(_write(process, going, link))
        try:
            yield came, from_client
        finally:
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)
            for stream in (came, from_client, to_client, going):
                stream.close()


async def _read(process: Process, to_client: Any, link: Link) -> None:
    """Hand on each line as a message; a line without end, or one that is no message, ends the connection."""
    stdout = process.launcher.stdout
    assert stdout is not None  # noqa: S101 (it was asked for)
    lines = Lines()
    try:
        while piece := await stdout.read(PIECE):
            begun = time.thread_time()
            for line in lines.added(piece):
                message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
                await to_client.send(SessionMessage(message))
            took = time.thread_time() - begun
            if took > DEAR_S:
                await asyncio.sleep(took * REST)
        link.lose(process.ending)
    except TooLong:
        link.lose(f"The server sent a message of more than {MESSAGE_BYTES} bytes")
    except ValueError:
        link.lose("The server sent a line that is no message of the protocol")
    except (anyio.ClosedResourceError, anyio.BrokenResourceError):
        link.lose("The connection was closed")
    finally:
        to_client.close()


async def _write(process: Process, going: Any, link: Link) -> None:
    stdin = process.launcher.stdin
    assert stdin is not None  # noqa: S101 (it was asked for)
    try:
        async for message in going:
            stdin.write(message.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
            await stdin.drain()
    except (OSError, anyio.ClosedResourceError, anyio.BrokenResourceError):
        link.lose(process.ending)

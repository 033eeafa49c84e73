"""One parent of the jail, seen from the worker: started, asked for calls one at a time, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

GUEST = Path(__file__).parent / "guest"
START_S = 20
LATE_S = 5  # a parent that says nothing so long after a call's limit is broken
HEAD = 4
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from guest.zygote import main; main()"


class ParentBroken(Exception):
    """The parent did not start, or said nothing any more."""


class Parent:
    """A process that forks one locked child per call."""

    def __init__(self, guest: Path, engine: str, zones: str = "-", python: str = sys.executable) -> None:
        # Started on the thread of the worker's loop: the kernel ends the parent when that thread ends.
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._control = ours
        self._lines = b""
        self.calls = 0
        self.hello: dict[str, Any] = {}
        command = [python, "-I", "-S", "-B", "-c", BOOT, str(guest.parent), str(theirs.fileno()), engine, zones]
        self.process = subprocess.Popen(  # noqa: S603 (our own program)
            [*command, str(os.getpid())],
            env={"LANG": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),), cwd="/", start_new_session=True,
        )  # fmt: skip
        theirs.close()

    async def ready(self) -> None:
        """Wait until it can take calls. Raises: ParentBroken."""
        try:
            async with asyncio.timeout(START_S):
                self.hello = await self._line()
        except (TimeoutError, OSError, ValueError) as exc:
            raise ParentBroken("the parent did not start") from exc
        if not self.hello.get("ok"):
            raise ParentBroken(str(self.hello.get("reason", "the parent did not start")))

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    async def call(
        self, order: Mapping[str, Any], request: bytes | None
    ) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
        """Let a child do one thing; returns its reply, if it gave one, and the report on its end.

        Cancelled, it kills the child first. Raises: ParentBroken.
        """
        self.calls += 1
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                socket.send_fds(self._control, [orjson.dumps(dict(order))], [theirs.fileno()])
            try:
                reply = await self._talk(ours, request, int(order["reply_bytes"]))
                async with asyncio.timeout(float(order["wall_s"]) + LATE_S):
                    return reply, await self._line()
            except asyncio.CancelledError:
                await asyncio.shield(self._stop_child())
                raise
        except (TimeoutError, OSError, ValueError) as exc:
            raise ParentBroken("the parent said nothing any more") from exc
        finally:
            ours.close()

    async def _talk(self, channel: socket.socket, request: bytes | None, most: int) -> Mapping[str, Any] | None:
        """Send the request and read the reply; None where the child ended without a whole one."""
        loop = asyncio.get_running_loop()
        try:
            if request is not None:
                await loop.sock_sendall(channel, len(request).to_bytes(HEAD, "big") + request)
            size = int.from_bytes(await _exactly(channel, HEAD), "big")
            if size > most:
                return None
            reply = orjson.loads(await _exactly(channel, size))
        except (EOFError, OSError):
            return None
        except orjson.JSONDecodeError:
            return {"kind": "result", "message": "The result holds what JSON cannot", "logs": []}
        return reply if isinstance(reply, dict) else None

    async def _stop_child(self) -> None:
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            self._control.send(b"x")
            async with asyncio.timeout(LATE_S):
                await self._line()
                return
        self.kill()

    async def _line(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        while b"\n" not in self._lines:
            part = await loop.sock_recv(self._control, 65536)
            if not part:
                raise OSError("the parent is gone")
            self._lines += part
        line, _, self._lines = self._lines.partition(b"\n")
        found: dict[str, Any] = orjson.loads(line)
        return found

    def kill(self) -> None:
        """End it at once; its child ends with it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self._control.close()
        end = time.monotonic() + 2
        while self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)


async def _exactly(channel: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    parts: list[bytes] = []
    while size:
        part = await loop.sock_recv(channel, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

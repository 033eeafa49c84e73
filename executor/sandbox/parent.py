"""One parent of the jail, seen from the worker: it forks a locked child for each call, the next one ahead of time.

A child is locked up before the call it is for exists, and waits for it on a channel of its own. So a call costs no fork
where one like it came before.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from core.json import loads_own
from executor.isolation.forking import Forker, Report

GUEST = Path(__file__).parents[1] / "isolation" / "guest"
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from guest.zygote import main; main()"
HEAD = 4
READ_HERE = 512 * 1024  # bytes of JSON, read in some 5 ms
Read = Callable[[bytes], Awaitable[Any]]


class Parent(Forker):
    """A process that forks locked children."""

    def __init__(self, guest: Path, engine: str, zones: str = "-", python: str = sys.executable) -> None:
        def command(control: int) -> list[str]:
            arguments = [str(guest.parent), str(control), engine, zones, str(os.getpid()), str(settings.JAIL_UID)]
            return [python, "-I", "-S", "-B", "-c", BOOT, *arguments]

        super().__init__(command, {"LANG": "C.UTF-8", "TZ": "UTC"})
        self.calls = 0

    async def call(
        self, order: Mapping[str, Any], request: bytes | None, read: Read | None = None
    ) -> tuple[Report | None, Report]:
        """Let a child do one thing; returns its reply, if it gave one, and the report on its end.

        `read` is given a reply that is too large to be read on the loop.

        Of a child that replied the report may be only that it did. Cancelled, it kills the child. Raises: ForkerBroken.
        """
        self.calls += 1
        child = self.take(order)
        try:
            if request is not None:
                self.fork_ahead(order)
            try:
                async with asyncio.timeout(float(order["wall_s"])):
                    raw = await _talk(child.channel, request, int(order["reply_bytes"]))
            except TimeoutError:
                self.kill_child(child)
                return None, {**await self.end_of(child), "killed": "timeout"}
            reply = None if raw is None else await _read(raw, read)
            if reply is not None and request is not None:
                self.see_out(child)
                return reply, {"exit": 0, "killed": "", "cpu_s": 0.0, "max_rss_kb": 0}
            report = await self.end_of(child)
        except asyncio.CancelledError:
            self.see_out(child, at_once=True)
            raise
        finally:
            child.channel.close()
        self.was_hit = self.was_hit or report["exit"] < 0
        return reply, {**report, "killed": ""}


async def _talk(channel: socket.socket, request: bytes | None, most: int) -> bytes | None:
    """Send the request and read the reply; None where the child ended without a whole one."""
    loop = asyncio.get_running_loop()
    try:
        if request is not None:
            await loop.sock_sendall(channel, len(request).to_bytes(HEAD, "big") + request)
        size = int.from_bytes(await _exactly(channel, HEAD), "big")
        if size > most:
            return None
        return await _exactly(channel, size)
    except (EOFError, OSError):
        return None


async def _read(raw: bytes, read: Read | None) -> Mapping[str, Any] | None:
    try:
        reply = loads_own(raw) if read is None or len(raw) <= READ_HERE else await read(raw)
    except ValueError:
        return {"kind": "unstorable", "message": "The result is nested too deep, or holds what JSON cannot", "logs": []}
    return reply if isinstance(reply, dict) else None


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

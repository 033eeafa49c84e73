"""One parent of the jail, seen from the worker: it forks a locked child for each call, the next one ahead of time.

A child is locked up before the call it is for exists, and waits for it on a channel of its own. So a call costs no fork
where one like it came before.
"""

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

GUEST = Path(__file__).parent / "guest"
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from guest.zygote import main; main()"
START_S = 20
LATE_S = 5  # a parent that says nothing so long after a child was killed is broken
LINGER_S = 1  # what a child may take to end once it has replied
HEAD = 4

Report = Mapping[str, Any]


class ParentBroken(Exception):
    """The parent did not start, or said nothing any more."""


@dataclass(slots=True)
class Child:
    """A locked child that waits for its call, or is at it."""

    number: int
    order: Mapping[str, Any]
    channel: socket.socket
    report: asyncio.Future[Report]


class Parent:
    """A process that forks locked children."""

    def __init__(self, guest: Path, engine: str, zones: str = "-", python: str = sys.executable) -> None:
        # Started on the thread of the worker's loop: the kernel ends the parent when that thread ends.
        self._loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._control = ours
        self._hello: asyncio.Future[Report] = self._loop.create_future()
        self._children: dict[int, Child] = {}
        self._spare: Child | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._number = 0
        self.calls = 0
        self.was_hit = False  # a child was ended by a signal that we did not send
        self.hello: Report = {}
        command = [python, "-I", "-S", "-B", "-c", BOOT, str(guest.parent), str(theirs.fileno()), engine, zones]
        self.process = subprocess.Popen(  # noqa: S603 (our own program)
            [*command, str(os.getpid())],
            env={"LANG": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),), cwd="/", start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self._loop.add_reader(ours, self._heard)

    async def ready(self) -> None:
        """Wait until it can take calls. Raises: ParentBroken."""
        try:
            async with asyncio.timeout(START_S):
                self.hello = await self._hello
        except TimeoutError as exc:
            raise ParentBroken("the parent did not start") from exc
        if not self.hello.get("ok"):
            raise ParentBroken(str(self.hello.get("reason", "the parent did not start")))

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    # -- calls -------------------------------------------------------------------------------------------------------
    async def call(self, order: Mapping[str, Any], request: bytes | None) -> tuple[Report | None, Report]:
        """Let a child do one thing; returns its reply, if it gave one, and the report on its end.

        Of a child that replied the report may be only that it did. Cancelled, it kills the child. Raises: ParentBroken.
        """
        self.calls += 1
        child = self._taken(order)
        try:
            if request is not None:
                self._spare = self._forked(order)
            try:
                async with asyncio.timeout(float(order["wall_s"])):
                    reply = await _talk(child.channel, request, int(order["reply_bytes"]))
            except TimeoutError:
                return None, {**await self._killed(child), "killed": "timeout"}
            if reply is not None and request is not None:
                self._see_out(child)
                return reply, {"exit": 0, "killed": "", "cpu_s": 0.0, "max_rss_kb": 0}
            async with asyncio.timeout(LATE_S):
                report = await child.report
        except asyncio.CancelledError:
            self._see_out(child, at_once=True)
            raise
        except (TimeoutError, OSError) as exc:
            raise ParentBroken("the parent said nothing any more") from exc
        finally:
            child.channel.close()
        self.was_hit = self.was_hit or report["exit"] < 0
        return reply, {**report, "killed": ""}

    def _taken(self, order: Mapping[str, Any]) -> Child:
        """Return the child that waits for such a call, or a new one."""
        spare, self._spare = self._spare, None
        if spare is not None and spare.order == order and not spare.report.done():
            return spare
        if spare is not None:
            spare.channel.close()  # it sees the end of its channel, and ends
        return self._forked(order)

    def _forked(self, order: Mapping[str, Any]) -> Child:
        self._number += 1
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        child = Child(self._number, order, ours, self._loop.create_future())
        try:
            with theirs:
                socket.send_fds(self._control, [orjson.dumps({**order, "number": child.number})], [theirs.fileno()])
        except OSError as exc:
            ours.close()
            raise ParentBroken("the parent is gone") from exc
        self._children[child.number] = child
        return child

    async def _killed(self, child: Child) -> Report:
        self._kill(child)
        async with asyncio.timeout(LATE_S):
            return await child.report

    def _kill(self, child: Child) -> None:
        with contextlib.suppress(OSError):
            self._control.send(orjson.dumps({"kill": child.number}))

    def _see_out(self, child: Child, *, at_once: bool = False) -> None:
        """Look after a child nobody waits for any more: it ends by itself, or is killed."""

        async def seen_out() -> None:
            if not at_once:
                await asyncio.wait([child.report], timeout=LINGER_S)
            if not child.report.done():
                self._kill(child)
                await asyncio.wait([child.report], timeout=LATE_S)
            elif not child.report.cancelled() and child.report.exception() is None:
                self.was_hit = self.was_hit or child.report.result()["exit"] < 0

        task = self._loop.create_task(seen_out())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # -- what the parent says ----------------------------------------------------------------------------------------
    def _heard(self) -> None:
        """Read what came: how it stands, then how children ended."""
        while True:
            try:
                raw = self._control.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                raw = b""
            if not raw:
                self._lost()
                return
            said: dict[str, Any] = orjson.loads(raw)
            if "number" not in said:
                if not self._hello.done():
                    self._hello.set_result(said)
                continue
            child = self._children.pop(said["number"], None)
            if child is not None and not child.report.done():
                child.report.set_result(said)

    def _lost(self) -> None:
        self._loop.remove_reader(self._control)
        for future in (self._hello, *(child.report for child in self._children.values())):
            if not future.done():
                future.set_exception(OSError("the parent is gone"))
                future.exception()  # it may be that nobody waits for it
        self._children.clear()

    def kill(self) -> None:
        """End it at once; its children end with it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self._lost()
        for task in self._background:
            task.cancel()
        if self._spare is not None:
            self._spare.channel.close()
            self._spare = None
        self._control.close()
        end = time.monotonic() + 2
        while self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)


async def _talk(channel: socket.socket, request: bytes | None, most: int) -> Mapping[str, Any] | None:
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

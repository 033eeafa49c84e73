"""A process that forks children for a worker, seen from the worker's loop: orders, channels, ends, kills.

The other side is `executor.isolation.guest.forks`: orders go over one control socket, a child has a channel of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.json import dumps_own, loads_own

START_S = 20
LATE_S = 5  # a process that says nothing so long after a child was killed is broken
LINGER_S = 1  # what a child may take to end once it has replied

Report = Mapping[str, Any]


class ForkerBroken(Exception):
    """The process that forks did not start, or said nothing any more."""


@dataclass(slots=True)
class Child:
    """A forked child that waits for its work, or is at it."""

    number: int
    order: Mapping[str, Any]
    channel: socket.socket
    report: asyncio.Future[Report]


class Forker:
    """A process that forks children. `command` makes its command line of the descriptor of its control socket."""

    def __init__(self, command: Callable[[int], Sequence[str]], environment: Mapping[str, str]) -> None:
        # Started on the thread of the worker's loop: the kernel ends the process when that thread ends.
        self._loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._control = ours
        self._hello: asyncio.Future[Report] = self._loop.create_future()
        self._children: dict[int, Child] = {}
        self._spare: Child | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._number = 0
        self.was_hit = False  # a child was ended by a signal that we did not send
        self.hello: Report = {}
        try:
            self.process = subprocess.Popen(  # noqa: S603 (our own program)
                command(theirs.fileno()), env=dict(environment),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),), cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._loop.add_reader(ours, self._heard)

    async def ready(self) -> None:
        """Wait until it can take orders. Raises: ForkerBroken."""
        try:
            async with asyncio.timeout(START_S):
                self.hello = await self._hello
        except (TimeoutError, OSError) as exc:
            raise ForkerBroken("the parent did not start") from exc
        if not self.hello.get("ok"):
            raise ForkerBroken(str(self.hello.get("reason", "the parent did not start")))

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    # -- children ----------------------------------------------------------------------------------------------------
    def take(self, order: Mapping[str, Any]) -> Child:
        """Return the child that waits for such work, or a new one. Raises: ForkerBroken."""
        spare, self._spare = self._spare, None
        if spare is not None and spare.order == order and not spare.report.done():
            return spare
        if spare is not None:
            spare.channel.close()  # it sees the end of its channel, and ends
        return self._forked(order)

    def fork_ahead(self, order: Mapping[str, Any]) -> None:
        """Have a child ready for the next work of this kind. Raises: ForkerBroken."""
        if self._spare is None:
            self._spare = self._forked(order)

    def _forked(self, order: Mapping[str, Any]) -> Child:
        self._number += 1
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        child = Child(self._number, order, ours, self._loop.create_future())
        try:
            with theirs:
                socket.send_fds(self._control, [dumps_own({**order, "number": child.number})], [theirs.fileno()])
        except OSError as exc:
            ours.close()
            raise ForkerBroken("the parent is gone") from exc
        self._children[child.number] = child
        return child

    def tell(self, said: Mapping[str, Any]) -> None:
        """Say something about a child; a process that is gone need not hear it."""
        with contextlib.suppress(OSError):
            self._control.send(dumps_own(said))

    def kill_child(self, child: Child) -> None:
        self.tell({"kill": child.number})

    async def end_of(self, child: Child) -> Report:
        """Wait for the report on a child that has ended, or is about to. Raises: ForkerBroken."""
        try:
            async with asyncio.timeout(LATE_S):
                return await asyncio.shield(child.report)
        except (TimeoutError, OSError) as exc:
            raise ForkerBroken("the parent said nothing any more") from exc

    def see_out(self, child: Child, *, at_once: bool = False) -> None:
        """Look after a child nobody waits for any more: it ends by itself, or is killed."""
        if at_once:
            self.kill_child(child)
        child.channel.close()

        async def seen_out() -> None:
            if not at_once:
                await asyncio.wait([child.report], timeout=LINGER_S)
            if not child.report.done():
                self.kill_child(child)
                await asyncio.wait([child.report], timeout=LATE_S)
            elif not child.report.cancelled() and child.report.exception() is None:
                self.was_hit = self.was_hit or child.report.result()["exit"] < 0

        task = self._loop.create_task(seen_out())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # -- what it says ------------------------------------------------------------------------------------------------
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
            said: dict[str, Any] = loads_own(raw)
            if "number" not in said:
                if not self._hello.done():
                    self._hello.set_result(said)
                continue
            child = self._children.pop(said["number"], None)
            if child is not None and not child.report.done():
                child.report.set_result(said)

    def _lost(self) -> None:
        if self._control.fileno() >= 0:
            self._loop.remove_reader(self._control)
        for future in (self._hello, *(child.report for child in self._children.values())):
            if not future.done():
                future.set_exception(OSError("the parent is gone"))
                future.exception()  # it may be that nobody waits for it
        self._children.clear()

    def kill(self) -> None:
        """End it at once; its children end with it. The kernel may need seconds to tear a large process down."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self._lost()
        for task in self._background:
            task.cancel()
        if self._spare is not None:
            self._spare.channel.close()
            self._spare = None
        self._control.close()
        threading.Thread(target=self.process.wait, name="reaper", daemon=True).start()  # the loop waits for nothing

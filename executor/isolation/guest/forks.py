"""Forks children when told to, kills them when told to, and reports how each ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from collections.abc import Callable
from typing import Any

Begin = Callable[[dict[str, Any], int], None]


STEP = 8  # of 19: a sixth of what another one gets


def step_back() -> None:
    """Let processes of the house go first where the processor is short; for this one and all it forks.

    A process that leads a session competes with others as a group, where the kernel groups them so: its own priority
    counts within that group alone.
    """
    os.nice(STEP)
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as group:
        group.write(str(STEP))


class Forks:
    """The children of this process. `begin` is what a child does with its order and its channel; it never returns."""

    def __init__(self, control: socket.socket, begin: Begin) -> None:
        self.control = control
        self.begin = begin
        self.children: dict[int, tuple[int, int]] = {}  # by pidfd: (process id, number of the order)
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)

    def serve(self) -> None:
        """Work until the worker hangs up."""
        while True:
            for descriptor, _ in self.poll.poll(self.look_after_ms()):
                if descriptor in self.children:
                    self._ended(descriptor)
                elif not self._ordered():
                    return
            self.look()

    def look_after_ms(self) -> int | None:
        """Return how long nothing may be looked at."""
        return None

    def look(self) -> None:
        """Look at the children that are at work."""

    def heard(self, order: dict[str, Any]) -> None:
        """Take what is said beside orders to fork and to kill."""

    def report(self, number: int, status: int, usage: Any) -> dict[str, Any]:
        """Return what the worker hears of a child's end."""
        return {
            "number": number, "exit": os.waitstatus_to_exitcode(status), "cpu_s": usage.ru_utime + usage.ru_stime,
            "max_rss_kb": usage.ru_maxrss,
        }  # fmt: skip

    def kill(self, number: int) -> None:
        for watched, (_, known) in self.children.items():
            if known == number:
                signal.pidfd_send_signal(watched, signal.SIGKILL)

    def _ordered(self) -> bool:
        """Take one order; returns whether the worker is still there."""
        try:
            raw, descriptors, _, _ = socket.recv_fds(self.control, 65536, 1)
        except OSError:
            return False
        if not raw:
            return False
        order = json.loads(raw)
        if descriptors:
            self.fork(order, descriptors[0])
        elif "kill" in order:
            self.kill(order["kill"])
        else:
            self.heard(order)
        return True

    def fork(self, order: dict[str, Any], channel: int) -> None:
        """Fork a child."""
        child = os.fork()
        if child == 0:
            self.begin(order, channel)
        os.close(channel)
        watched = os.pidfd_open(child)
        self.children[watched] = child, order["number"]
        self.poll.register(watched, select.POLLIN)

    def _ended(self, watched: int) -> None:
        child, number = self.children.pop(watched)
        self.poll.unregister(watched)
        _, status, usage = os.wait4(child, 0)
        os.close(watched)
        self.control.send(json.dumps(self.report(number, status, usage)).encode())

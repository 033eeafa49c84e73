"""The zygote: a bare process of ours that imports what its children work with, then forks one for each turn of a node.

It has no secret and no connection: its environment is empty, what a child gets comes over its channel.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
import socket
import sys
from typing import Any

from core.values.charsets import tame_codecs
from executor.compute.child import work
from executor.isolation.guest import walls
from executor.isolation.guest.forks import Forks, step_back

LOOK_MS = 20  # a child that fills memory gets about 40 MiB over its limit in that time
PAGE = resource.getpagesize()


class Zygote(Forks):
    """Forks children, and ends those that take more memory than they may."""

    def __init__(self, control: socket.socket, memory_bytes: int) -> None:
        super().__init__(control, self._child)
        self.memory_bytes = memory_bytes
        self.at_work: dict[int, tuple[int, int]] = {}  # by number: (process id, resident bytes it began with)
        self.over: set[int] = set()
        self.modules: set[str] = set()

    def fork(self, order: dict[str, Any], channel: int) -> None:
        for name in order["modules"]:
            if name not in self.modules:
                importlib.import_module(name)
                self.modules.add(name)
                gc.collect()
                gc.freeze()
        super().fork(order, channel)

    def _child(self, order: dict[str, Any], channel: int) -> None:
        work(channel, self.memory_bytes)

    def heard(self, order: dict[str, Any]) -> None:
        """A child is given work: from here on its memory is watched."""
        for child, number in self.children.values():
            if order.get("begins") == number:
                self.at_work[number] = child, resident_bytes(child)

    def look_after_ms(self) -> int | None:
        return LOOK_MS if self.at_work else None

    def look(self) -> None:
        for number, (child, began_with) in self.at_work.items():
            if number not in self.over and resident_bytes(child) - began_with > self.memory_bytes:
                self.over.add(number)
                self.kill(number)

    def report(self, number: int, status: int, usage: Any) -> dict[str, Any]:
        _, began_with = self.at_work.pop(number, (0, 0))
        taken = usage.ru_maxrss * 1024 - began_with if began_with else 0
        over = number in self.over
        self.over.discard(number)
        return {**super().report(number, status, usage), "over_memory": over, "taken_bytes": taken}


def resident_bytes(process: int) -> int:
    """Return what a process holds in memory; 0 where it is gone."""
    try:
        with open(f"/proc/{process}/statm", "rb") as statm:
            return int(statm.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def main() -> None:
    """Serve until the worker hangs up.

    Arguments: the control descriptor, the worker's process id, how many bytes of memory a child may take.
    """
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    walls.die_with_parent(signal.SIGKILL)
    if os.getppid() != int(sys.argv[2]):
        return
    walls.no_new_privileges()
    step_back()
    tame_codecs()  # as the worker does
    gc.disable()  # children are short-lived; what is made here is never garbage
    gc.freeze()
    control.send(json.dumps({"ok": True}).encode())
    Zygote(control, int(sys.argv[3])).serve()


if __name__ == "__main__":
    main()

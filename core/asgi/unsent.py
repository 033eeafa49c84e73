"""What callers were sent and have not taken: how long it may lie in this process, and how much of it.

An answer waits in its connection until the other end reads. A connection of which too little is taken for
`HEDDLE_SEND_STALL_S` is let go, also when it is closing and only its last bytes are left. Where all together hold more
than `HEDDLE_UNSENT_MAX_MB`, those go that took nothing for longest, of the address that holds most.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from collections import Counter
from dataclasses import dataclass

from django.conf import settings

from core.asgi.callers import network_of

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
TAKEN_BYTES = 16 * 1024  # so much of it taken is reading, if slowly
AT_ONCE = struct.pack("ii", 1, 0)  # a closed connection is reset, whatever it still holds
IN_KERNEL_BYTES = 128 * 1024  # what the kernel takes ahead of the network; by itself it would take megabytes


@dataclass(slots=True)
class Line:
    """One connection, with how much of its answer was not taken, at most, since some of it was."""

    network: str
    unsent: int = 0
    most: int = 0
    since: float = 0.0

    def note(self, unsent: int, now: float) -> None:
        was_taken = unsent <= self.most - TAKEN_BYTES or (unsent < self.most and not unsent)
        if was_taken or not self.most:
            self.most, self.since = unsent, now
        self.most = max(self.most, unsent)
        self.unsent = unsent


class Unsent:
    """The connections of one process; somebody looks at them as long as there are any."""

    def __init__(self) -> None:
        self._lines: dict[asyncio.Transport, Line] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, transport: asyncio.Transport) -> None:
        """Look at a connection from now on; again and again is as good as once."""
        if transport in self._lines:
            return
        peer = transport.get_extra_info("peername")
        self._lines[transport] = Line(network_of(peer[0]) if isinstance(peer, tuple) else "")
        _keep_little_in_kernel(transport)
        if self._timer is None:
            self._look_later()

    def forget(self, transport: asyncio.Transport) -> None:
        self._lines.pop(transport, None)

    def look(self, now: float) -> None:
        """Let those go that took too little for too long, or for which there is no room."""
        for transport, line in list(self._lines.items()):
            line.note(_unsent_of(transport), now)
            if line.most and now - line.since >= settings.SEND_STALL_S:
                self._let_go(transport)
        while sum(line.unsent for line in self._lines.values()) > settings.UNSENT_MAX_BYTES:
            self._let_go(self._least_wanted())

    def _least_wanted(self) -> asyncio.Transport:
        held: Counter[str] = Counter()
        for line in self._lines.values():
            held[line.network] += line.unsent
        greediest = held.most_common(1)[0][0]
        of_it = {one: line for one, line in self._lines.items() if line.network == greediest and line.unsent}
        return min(of_it, key=lambda one: of_it[one].since)

    def _let_go(self, transport: asyncio.Transport) -> None:
        line = self._lines.pop(transport)
        logger.info("a caller of %s takes nothing; %d bytes for it are dropped", line.network, line.unsent)
        _set(transport, socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)  # the kernel would wait for it, too
        transport.abort()

    def _look_later(self) -> None:
        pause_s = min(LOOK_EVERY_S, settings.SEND_STALL_S / 4)
        self._timer = asyncio.get_running_loop().call_later(pause_s, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self.look(asyncio.get_running_loop().time())
        if self._lines:
            self._look_later()


def _unsent_of(transport: asyncio.Transport) -> int:
    try:
        return transport.get_write_buffer_size()
    except RuntimeError:  # it has just been closed
        return 0


def _keep_little_in_kernel(transport: asyncio.Transport) -> None:
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        _set(transport, socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, IN_KERNEL_BYTES)


def _set(transport: asyncio.Transport, level: int, option: int, value: int | bytes) -> None:
    line = transport.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):  # no TCP
            line.setsockopt(level, option, value)


UNSENT = Unsent()

"""The time that one session with a mail server may take in all, beside that for each answer."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress


class SessionTime:
    """Hangs up when the time is over, however a server spreads its bytes: whoever reads sees the connection end."""

    def __init__(self, opening_s: float) -> None:
        self.is_late = self.is_too_much = False
        self.limit_s = opening_s
        self._wire: socket.socket | None = None
        self._until = time.monotonic() + opening_s
        self._timer: threading.Timer | None = None

    def left_s(self) -> float:
        return max(self._until - time.monotonic(), 0.01)

    def _start(self) -> None:
        self._timer = threading.Timer(self.left_s(), self._over)
        self._timer.daemon = True
        self._timer.start()

    def begin(self, connection: socket.socket) -> None:
        self._wire = socket.socket(fileno=os.dup(connection.fileno()))
        self._start()

    def goes_on(self, limit_s: float) -> None:
        """Leave so much time for what is asked from now on."""
        self._stop()
        if not self.is_late:
            self.limit_s, self._until = limit_s, time.monotonic() + limit_s
            self._start()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _over(self) -> None:
        self.is_late = True
        if self._wire is not None:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        self._stop()
        if self._wire is not None:
            self._wire.close()

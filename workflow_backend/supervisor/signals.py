"""What SIGINT, SIGTERM, SIGHUP and the end of the parent process mean to the supervisor: stop, once."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PARENT_EVERY_S = 0.5


class StopAsked(BaseException):
    """Somebody wants everything to end; raised in the main thread wherever it is."""


class Stopping:
    """Turns the first signal into `StopAsked`; later ones, which `timeout` and make send too, change nothing."""

    def __init__(self) -> None:
        self.by: str | None = None
        self.number = 0
        self._deaf = False

    def listen(self) -> None:
        """Take the signals over. A SIGHUP that was ignored, as nohup does, stays ignored."""
        for number in ASKING:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue
            signal.signal(number, self._asked)

    def end_with_parent(self) -> None:
        """Stop, too, when the process that started this one ends: a killed make sends no signal."""
        parent = os.getppid()
        threading.Thread(target=self._watch, args=(parent,), name="parent", daemon=True).start()

    def begin_to_stop(self) -> None:
        """Hear no more: from here on nothing may interrupt."""
        self._deaf = True

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._stop(signal.Signals(number).name, number)

    def _watch(self, parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_EVERY_S)
        self.by = self.by or "the end of the process that started this one"
        os.kill(os.getpid(), signal.SIGTERM)

    def _stop(self, by: str, number: int) -> None:
        if self._deaf:
            return
        self._deaf = True
        self.by = self.by or by
        self.number = number
        raise StopAsked

"""What SIGINT, SIGTERM, SIGHUP, a closed terminal and the end of the parent process mean to the supervisor: stop, once.

A closed terminal tells only the first process of its session, and make does not hand that on: so we look ourselves.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from types import FrameType

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY_S = 0.5


class StopAsked(BaseException):
    """Somebody wants everything to end; raised in the main thread wherever it is."""


class Stopping:
    """Turns the first signal into `StopAsked`; later ones, which `timeout` and make send too, change nothing."""

    def __init__(self) -> None:
        self.by: str | None = None
        self.number = 0
        self._deaf = False

    def listen(self, *, end_with_parent: bool) -> None:
        """Take the signals over. A SIGHUP that was ignored, as nohup does, stays ignored.

        `end_with_parent`: stop, too, when the process that started this one ends; a killed make sends no signal.
        """
        survives = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        for number in ASKING:
            if not (survives and number == signal.SIGHUP):
                signal.signal(number, self._asked)
        terminal = None if survives else _terminal()
        parent = os.getppid() if end_with_parent else None
        if terminal is not None or parent is not None:
            watch = threading.Thread(target=self._watch, args=(parent, terminal), name="parent", daemon=True)
            watch.start()

    def begin_to_stop(self) -> None:
        """Hear no more: from here on nothing may interrupt."""
        self._deaf = True

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._stop(signal.Signals(number).name, number)

    def _watch(self, parent: int | None, terminal: int | None) -> None:
        while True:
            if parent is not None and os.getppid() != parent:
                self.by = self.by or "the process that started this one ended"
            elif terminal is not None and _is_closed(terminal):
                self.by = self.by or "the terminal was closed"
            else:
                time.sleep(LOOK_EVERY_S)
                continue
            os.kill(os.getpid(), signal.SIGTERM)
            return

    def _stop(self, by: str, number: int) -> None:
        if self._deaf:
            return
        self._deaf = True
        self.by = self.by or by
        self.number = number
        raise StopAsked


def _terminal() -> int | None:
    """Return a file of the terminal that this process writes to or reads from."""
    for number in (1, 2, 0):
        try:
            if os.isatty(number):
                return os.dup(number)
        except OSError:
            continue
    return None


def _is_closed(terminal: int) -> bool:
    poll = select.poll()
    poll.register(terminal, 0)
    return any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0))

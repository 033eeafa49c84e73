"""How many calls one known user holds open in this process, so that nobody takes the room of all others.

A call counts as busy until its answer begins, or until it waits for the end of a run, which costs next to nothing.
Strangers are counted at the door, by `open_requests`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from math import inf
from typing import Any

CALL = "heddle.call"


@dataclass(slots=True)
class OpenCalls:
    """Numbers of calls by user: all that are open, and those that are busy."""

    open: Counter[Hashable] = field(default_factory=Counter[Hashable])
    busy: Counter[Hashable] = field(default_factory=Counter[Hashable])
    lock: threading.Lock = field(default_factory=threading.Lock)  # views say in their threads who is known

    def is_over(self, user: Hashable, *, most_open: float = inf, most_busy: float = inf) -> bool:
        with self.lock:
            return self.open[user] >= most_open or self.busy[user] >= most_busy

    def count(self, user: Hashable, *, opened: int = 0, busy: int = 0) -> None:
        """Change the numbers of a user, where the caller holds the lock."""
        for numbers, by in ((self.open, opened), (self.busy, busy)):
            numbers[user] += by
            if not numbers[user]:
                del numbers[user]


class OpenCall:
    """One call or socket, counted for its user from when he is known; every change happens once."""

    def __init__(self, calls: OpenCalls, user: Hashable | None) -> None:
        self._calls = calls
        self._user: Hashable | None = None
        self._is_busy = self._is_open = True
        if user is not None:
            self.belongs(user)

    def belongs(self, user: Hashable) -> None:
        """Count it for a user, and no more for another that its credentials were of."""
        with self._calls.lock:
            if self._is_open and self._user != user:
                self._change(-1)
                self._user = user
                self._change(1)

    def rests(self) -> None:
        """Say that it needs nothing but its connection any more: its answer has begun, or it waits for a run."""
        with self._calls.lock:
            if self._is_busy and self._user is not None:
                self._calls.count(self._user, busy=-1)
            self._is_busy = False

    def end(self) -> None:
        with self._calls.lock:
            self._change(-1)
            self._user, self._is_open = None, False

    def _change(self, by: int) -> None:
        if self._user is not None:
            self._calls.count(self._user, opened=by, busy=by if self._is_busy else 0)


def rests(scope: Any) -> None:
    """Say of a call that from now on it only waits for a run."""
    call: OpenCall | None = (scope or {}).get(CALL)
    if call is not None:
        call.rests()

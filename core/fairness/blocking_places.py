"""Places that several owners share among threads which block for them, by the policy of `turns`."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from core.fairness.turns import FairTurns


class BlockingPlaces:
    """So many places among threads; who waits blocks."""

    def __init__(self, places: int) -> None:
        self._turns: FairTurns[threading.Event] = FairTurns(places)
        self._lock = threading.Lock()

    @property
    def is_at_rest(self) -> bool:
        return self._turns.is_at_rest

    def take(self, owner: Hashable, timeout_s: float) -> bool:
        """Wait for a place, to be given back by `give_back`; tells whether it came in time."""
        turn = threading.Event()
        with self._lock:
            self._turns.join(owner, turn)
            self._serve()
        if turn.wait(max(timeout_s, 0.0)):
            return True
        with self._lock:
            if turn.is_set():  # in the last moment
                return True
            self._turns.leave(owner, turn)
            self._serve()
        return False

    def give_back(self, owner: Hashable) -> None:
        """Let the next one have a place that `owner` held."""
        with self._lock:
            self._turns.give_back(owner)
            self._serve()

    def _serve(self) -> None:
        while (served := self._turns.serve()) is not None:
            served[1].set()

"""Who of several owners is next for a place: the one policy for all that is shared, on event loops and among threads.

None holds more than half while others wait, none holds all even alone. So whoever comes to a busy process finds a
place within the time one call takes, however much others have asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class FairTurns(Generic[T]):
    """So many places, and who waits for one. Next is: least held, then fewest waiting, then served longest ago.

    It knows no event loop and no lock: who uses it calls it one at a time, and tells waiters himself.
    """

    def __init__(self, places: int) -> None:
        if places < 1:
            raise ValueError("there must be a place")
        self.places = places
        self._held: dict[Hashable, int] = {}
        self._waiting: dict[Hashable, deque[T]] = {}  # no owner in it has an empty queue
        self._last_served: dict[Hashable, int] = {}  # of owners that hold or wait; the rest need no memory
        self._turns = count(1)

    @property
    def free(self) -> int:
        return self.places - sum(self._held.values())

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody holds or waits, and nothing is remembered of anybody."""
        return not (self._held or self._waiting or self._last_served)

    def held_by(self, owner: Hashable) -> int:
        return self._held.get(owner, 0)

    def waiting_of(self, owner: Hashable) -> tuple[T, ...]:
        return tuple(self._waiting.get(owner, ()))

    def join(self, owner: Hashable, waiter: T) -> None:
        """Wait for a place. Ask `serve` for who is next after this, and after all that follows."""
        self._waiting.setdefault(owner, deque()).append(waiter)

    def leave(self, owner: Hashable, waiter: T) -> None:
        """Wait no more. With one owner less in the queue the others may hold more."""
        queue = self._waiting.get(owner)
        if queue is not None and waiter in queue:
            queue.remove(waiter)
            self._forget_empty(owner)

    def serve(self) -> tuple[Hashable, T] | None:
        """Give a place to who is next; nobody: none is free, or all who wait hold what they may."""
        allowed = self._allowed() if self.free else []
        if not allowed:
            return None
        owner = min(allowed, key=self._rank)
        waiter = self._waiting[owner].popleft()
        self._forget_empty(owner)
        self._held[owner] = self._held.get(owner, 0) + 1
        self._last_served[owner] = next(self._turns)
        return owner, waiter

    def give_back(self, owner: Hashable) -> None:
        """Free a place that `owner` held."""
        left = self._held[owner] - 1
        if left:
            self._held[owner] = left
        else:
            del self._held[owner]
            self._forget(owner)

    def hand_over(self, owner: Hashable, to: Hashable) -> None:
        """Count a place that `owner` holds as held by `to`."""
        self._held[to] = self._held.get(to, 0) + 1
        self._last_served[to] = next(self._turns)
        self.give_back(owner)

    def _allowed(self) -> list[Hashable]:
        """Return the owners that wait and may have one more place."""
        others_wait = len(self._waiting) > 1
        most = max(1, self.places // 2 if others_wait else self.places - 1)
        return [owner for owner in self._waiting if self.held_by(owner) < most]

    def _rank(self, owner: Hashable) -> tuple[int, int, int]:
        return self.held_by(owner), len(self._waiting[owner]), self._last_served.get(owner, 0)

    def _forget_empty(self, owner: Hashable) -> None:
        if not self._waiting[owner]:
            del self._waiting[owner]
            self._forget(owner)

    def _forget(self, owner: Hashable) -> None:
        if owner not in self._held and owner not in self._waiting:
            self._last_served.pop(owner, None)

"""How many more runs of one owner a process takes: the more places he holds, the more must be free.

An owner may hold three times as many places as stay free: alone three quarters of all, two together six sevenths. The
last one goes to somebody who holds none. So whoever comes next finds a place, however slow the runs of the others are.
(Choudhury and Hahne, "Dynamic queue length thresholds in a shared memory packet switch", 1998, do so
with the buffers of a switch.)
"""

from __future__ import annotations

from collections import Counter
from uuid import UUID

HELD_FOR_EACH_FREE = 3


def may_have_one_more(held: int, free: int) -> bool:
    """Return whether an owner may who holds `held` places, where `free` are free. The claims ask it of each row."""
    return held < HELD_FOR_EACH_FREE * (free - 1) or (held == 0 and free > 0)


class HeldByOwners:
    """How many places each owner holds in this process."""

    def __init__(self) -> None:
        self._held: Counter[UUID] = Counter()

    def took(self, owner_id: UUID) -> None:
        self._held[owner_id] += 1

    def gave_back(self, owner_id: UUID) -> None:
        self._held[owner_id] -= 1
        if self._held[owner_id] <= 0:
            del self._held[owner_id]

    def somebody_is_held_back(self, free: int) -> bool:
        """Return whether an owner may have no more."""
        return any(not may_have_one_more(held, free) for held in self._held.values())

    def asked(self, free: int) -> dict[str, object]:
        """Return what a claim is asked with: how many are free, and who holds how many."""
        return {"most": free, "holders": list(self._held), "held": list(self._held.values())}

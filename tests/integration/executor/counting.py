"""An ability of an installation, for tests: it counts for each owner, and tells how it was made and closed."""

from __future__ import annotations

import threading
from collections import Counter
from uuid import UUID

from executor.node.providing import Caller, Provider, Services
from nodes.abilities import Ability

MADE: list[str] = []  # the threads in which it was made
CLOSED: list[Counter[UUID]] = []


class Counting:
    """Counts for one owner."""

    def __init__(self, counted: Counter[UUID], caller: Caller) -> None:
        self._counted = counted
        self.caller = caller

    def next(self) -> int:
        self._counted[self.caller.owner_id] += 1
        return self._counted[self.caller.owner_id]


COUNTING: Ability[Counting] = Ability("counting")


def provider(services: Services) -> Provider:
    """Make the ability, once a process."""
    MADE.append(threading.current_thread().name)
    counted: Counter[UUID] = Counter()

    async def close() -> None:
        CLOSED.append(counted)

    return Provider(lambda caller: Counting(counted, caller), close)

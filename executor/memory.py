"""The memory budget of a worker process: it acts before the system would kill it, and everybody's runs with it.

below 80 % ─ takes runs and node jobs ── from 80 % ─ takes none ── over 100 % ─ ends or hands back its greediest run

First it gives free pages back to the system. Then: a run that takes a large share by itself is too large for any worker
and fails; a smaller one goes back to the queue, and fails when it grows so again; where all are too small to be the
reason all go back and none fails. A process that stays large with nothing at work is started again.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import time
from collections.abc import Callable, Collection
from typing import Any, Protocol

from core.machine import Resident
from executor.control import stops_within

logger = logging.getLogger(__name__)
LOOK_S = 0.1
FULL_AT = 0.8
TOO_LARGE = 0.25  # of the budget: a run that takes so much is the reason
NOTABLE = 0.05  # of the budget: what takes less is no help when it is gone, and never fails for it
MEMORY_PER_BYTE = 8  # what a value takes in memory, for each byte of its JSON
EFFECT_S = 0.5  # until what was ended is gone
KEPT_S = 10.0
REMEMBERED_S = 900.0  # how long a run that was handed back is known
MOST_REMEMBERED = 1000
MIB = 2**20


class MemoryKept(Exception):
    """The process is large, and nothing at work is the reason: a new one is smaller."""


class Holder(Protocol):
    """A run, or a turn of a node, at work here."""

    execution_id: str
    is_ending: bool
    failure: dict[str, Any] | None

    @property
    def interrupt(self) -> Callable[[str], None]: ...

    def held_bytes(self) -> int: ...


def memory_limit(message: str) -> dict[str, Any]:
    """Return the error of a run that is too large."""
    place: dict[str, Any] = {"node_id": None, "node_label": None, "path": ""}
    return {"code": "memory_limit", "message": message, "retryable": False, "details": {}, **place}


class Memory:
    """Watches what one process takes."""

    def __init__(
        self,
        budget_bytes: int,
        holders: Callable[[], Collection[Holder]],
        is_idle: Callable[[], bool],
        on_room: Callable[[], None] = lambda: None,
        resident: Callable[[], int] | None = None,
    ) -> None:
        self.budget_bytes = budget_bytes
        self.resident_bytes = 0
        self._holders = holders
        self._is_idle = is_idle
        self._on_room = on_room
        self._resident = resident or Resident()
        self._not_before = 0.0
        self._idle_since: float | None = None
        self._acted_at = 0.0
        self._is_emptied = False  # all went back, and it was no help yet
        self._handed_back: dict[str, float] = {}  # when, oldest first

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken."""
        return self.resident_bytes >= self.budget_bytes * FULL_AT

    def state(self) -> dict[str, Any]:
        """Return what a heartbeat tells."""
        return {
            "resident_mb": self.resident_bytes // MIB, "budget_mb": self.budget_bytes // MIB, "is_full": self.is_full,
        }  # fmt: skip

    async def watch(self, stopped: asyncio.Event) -> None:
        """Look until `stopped`. Raises: MemoryKept."""
        while not await stops_within(stopped, LOOK_S):
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Measure, and do what has to be done. Raises: MemoryKept."""
        was_full = self.is_full
        self.resident_bytes = self._resident()
        self._is_emptied = self._is_emptied and self.resident_bytes >= self.budget_bytes
        if not self.is_full:
            self._idle_since = None
            if was_full:
                self._on_room()
            return
        if self.resident_bytes >= self.budget_bytes and now >= self._not_before:
            self._relieve(now)
        if not self._is_idle():
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
            trim()
        elif now - self._idle_since > KEPT_S:
            raise MemoryKept(f"{self.resident_bytes // MIB} MiB with nothing at work")

    def _relieve(self, now: float) -> None:
        """Give free pages back; if that is not enough, end or hand back who holds most. Raises: MemoryKept."""
        self._not_before = now + EFFECT_S
        trim()
        self.resident_bytes = self._resident()
        if self.resident_bytes < self.budget_bytes:
            return
        self._handed_back = {key: at for key, at in self._handed_back.items() if now - at < REMEMBERED_S}
        holders = list(self._holders())
        is_settled = now - self._acted_at > KEPT_S or not any(holder.is_ending for holder in holders)
        takes = [(holder.held_bytes() * MEMORY_PER_BYTE, holder) for holder in holders if not holder.is_ending]
        most, greediest = max(takes, key=lambda pair: pair[0], default=(0, None))
        if self._is_emptied and is_settled and most < self.budget_bytes * NOTABLE:
            raise MemoryKept(f"{self._told()}, and nothing at work is the reason")
        if greediest is None or not (is_settled or self._is_reason(most, greediest)):
            return  # what was ended needs its time
        self._acted_at = now
        if self._is_reason(most, greediest):
            self._fail(most, greediest)
        elif most >= self.budget_bytes * NOTABLE:
            self._hand_back(greediest, now)
        else:
            self._is_emptied = True
            for _, holder in takes:
                self._hand_back(holder)

    def _is_reason(self, takes: int, holder: Holder) -> bool:
        """Tell whether one is too large for any worker: at once, or as large again after it was handed back."""
        if takes >= self.budget_bytes * TOO_LARGE:
            return True
        return takes >= self.budget_bytes * NOTABLE and holder.execution_id in self._handed_back

    def _fail(self, takes: int, holder: Holder) -> None:
        logger.error("execution %s fails: it takes about %d MiB, the worker %s", holder.execution_id, takes // MIB,
                     self._told())  # fmt: skip
        holder.failure = holder.failure or memory_limit(
            f"The run needs more memory than a worker may take ({self.budget_bytes // MIB} MiB)"
        )
        holder.interrupt("failure")

    def _hand_back(self, holder: Holder, now: float | None = None) -> None:
        """Let another worker take it; with `now` it is remembered for a while."""
        logger.warning("execution %s is handed back: the worker takes %s", holder.execution_id, self._told())
        if now is not None:
            while len(self._handed_back) >= MOST_REMEMBERED:
                del self._handed_back[next(iter(self._handed_back))]
            self._handed_back[holder.execution_id] = now
        holder.interrupt("shutdown")

    def _told(self) -> str:
        return f"{self.resident_bytes // MIB} of {self.budget_bytes // MIB} MiB"


def trim() -> None:
    """Give back to the system what is free."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return  # another C library

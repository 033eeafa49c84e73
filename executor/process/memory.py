"""The memory budget of a worker process: it acts before the system would kill it, and everybody's runs with it.

below 80 % ─ takes runs and node jobs ── from 80 % ─ takes none ── over 100 % ─ ends or hands back its greediest run

Free pages go back to the system first. Then a run or a turn is judged only by what it holds itself: a quarter of the
budget, and it is too large for any worker. One that holds less, and most, goes back to the queue; the second time with
the suspicion noted, so that it is tried alone in the end. Where all are small the process is the reason, or somebody
nobody can see: it hands back all it has and is started again; the greediest of them is suspected, and who was in such a
process before. In a process of its own there is no doubt.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import time
from collections.abc import Callable, Collection
from typing import Any, Protocol

from core.process.machine import Resident
from executor.database.statements import stops_within
from executor.domain.memory_use import MEMORY_PER_BYTE, memory_limit
from executor.domain.run_error import RunError

logger = logging.getLogger(__name__)
LOOK_S = 0.1
FULL_AT = 0.8
TOO_LARGE = 0.25  # of the budget, in bytes of JSON: a run that holds so much is the reason
NOTABLE = 0.05  # of the budget, in memory at most: less is no help when it is gone
EFFECT_S = 0.5  # until what was ended is gone
SETTLES_S = 5.0  # what does not end in this time is waited for no longer
MOST_REMEMBERED = 1000  # runs that were handed back
TRIM_EACH_S = 1.0
COLLECT_EACH_S = 10.0  # while something is at work: all objects of a large heap are looked at in a second
KEPT_S = 10.0
MIB = 2**20


class MemoryKept(Exception):
    """The process is large, and nothing at work is known to be the reason: a new one is smaller.

    `greediest` is the execution that holds most, where any holds something: it may hold more than can be seen.
    """

    def __init__(self, message: str, greediest: str | None = None) -> None:
        super().__init__(message)
        self.greediest = greediest


class OverBudget(Exception):
    """A worker was over its budget again with this run or turn in it."""


class Holder(Protocol):
    """A run, or the turn of a node for another worker, at work here."""

    execution_id: str
    failure: RunError | None

    @property
    def is_ending(self) -> bool: ...

    @property
    def interrupt(self) -> Callable[[str], None]: ...

    def held_bytes(self) -> int: ...

    def broke(self, exc: Exception) -> None: ...


class Memory:
    """Watches what one process takes."""

    def __init__(
        self,
        budget_bytes: int,
        holders: Callable[[], Collection[Holder]],
        is_idle: Callable[[], bool],
        on_room: Callable[[], None] = lambda: None,
        resident: Callable[[], int] | None = None,
        *,
        is_alone: bool = False,
        tries_alone: bool = False,
    ) -> None:
        self.budget_bytes = budget_bytes
        self.resident_bytes = 0
        self._holders = holders
        self._is_alone = is_alone  # the process is there for one run at a time
        self._tries_alone = tries_alone  # what is suspected gets such a process
        self._began_with: int | None = None
        self._is_idle = is_idle
        self._on_room = on_room
        self._resident = resident or Resident()
        self._not_before = 0.0
        self._idle_since: float | None = None
        self._acted_at = self._trimmed_at = self._collected_at = -COLLECT_EACH_S
        self._handed_back: dict[str, None] = {}  # oldest first

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken."""
        if self._is_alone and self._is_idle() and self._began_with is not None:  # no run answers for another's leavings
            return self.resident_bytes >= self._began_with + self.budget_bytes * TOO_LARGE
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
        if self._began_with is None:
            self._began_with = self.resident_bytes
        if not self.is_full:
            self._idle_since = None
            if was_full:
                self._on_room()
            return
        if self.resident_bytes >= self.budget_bytes and now >= self._not_before:
            self._relieve(now)
        if not self._is_idle():
            self._idle_since = None
            return
        if self._idle_since is None:
            self._idle_since = now
        if now - self._trimmed_at >= TRIM_EACH_S:  # again and again: what was the last to go may have gone just now
            self._trimmed_at = now
            trim()
            self.resident_bytes = self._resident()
        if self.is_full and now - self._idle_since > KEPT_S:
            raise MemoryKept(f"{self.resident_bytes // MIB} MiB with nothing at work")

    def _relieve(self, now: float) -> None:
        """Give free pages back; where that is not enough, judge, or hand back. Raises: MemoryKept."""
        self._not_before = now + EFFECT_S
        trim(whole=False)
        self.resident_bytes = self._resident()
        is_due = now - self._collected_at >= COLLECT_EACH_S or self._acted_at >= self._collected_at
        if self.resident_bytes >= self.budget_bytes and is_due:  # nobody is judged for what has ended, and is not gone
            self._collected_at = now
            trim()
            self.resident_bytes = self._resident()
        holders = list(self._holders())
        held = [(holder.held_bytes(), holder) for holder in holders if not holder.is_ending]
        if self.resident_bytes < self.budget_bytes or not held:
            return
        most, greediest = max(held, key=lambda pair: pair[0])
        is_settling = now - self._acted_at < SETTLES_S
        if self._is_alone or most >= self.budget_bytes * TOO_LARGE:
            self._acted_at = now
            self._fail(greediest, most)
        elif is_settling and len(held) < len(holders):
            return  # what was ended needs its time
        elif most * MEMORY_PER_BYTE >= self.budget_bytes * NOTABLE:
            self._acted_at = now
            self._put_back(greediest, most)
        elif not is_settling:  # a thread may still write for what has ended
            reason = f"{self._told()}, and nothing at work is known to be the reason"
            raise MemoryKept(reason, greediest.execution_id if most else None)

    def _put_back(self, holder: Holder, held: int) -> None:
        """Hand one back. It came back to a process that had room without it: the second time it is suspected."""
        if holder.execution_id not in self._handed_back:
            logger.warning("execution %s is handed back: the worker takes %s", holder.execution_id, self._told())
            while len(self._handed_back) >= MOST_REMEMBERED:
                del self._handed_back[next(iter(self._handed_back))]
            self._handed_back[holder.execution_id] = None
            holder.interrupt("shutdown")
        elif self._tries_alone:
            logger.warning("execution %s is suspected: the worker takes %s again", holder.execution_id, self._told())
            holder.broke(OverBudget(f"the worker took {self._told()} with it, again"))
        else:
            self._fail(holder, held)

    def _fail(self, holder: Holder, held: int) -> None:
        logger.error("execution %s fails: it holds %d MiB of JSON, the worker takes %s", holder.execution_id,
                     held // MIB, self._told())  # fmt: skip
        holder.failure = holder.failure or memory_limit(
            f"The run needs more memory than a worker may take ({self.budget_bytes // MIB} MiB)"
        )
        holder.interrupt("failure")

    def _told(self) -> str:
        return f"{self.resident_bytes // MIB} of {self.budget_bytes // MIB} MiB"


def trim(*, whole: bool = True) -> None:
    """Give back to the system what is free, and what only points at itself: among young objects alone, or the whole.

    No other thread helps with that: a collection keeps all of them from running.
    """
    gc.collect(2 if whole else 1)
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return  # another C library

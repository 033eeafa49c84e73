"""The memory budget of a worker process: it acts before the system would kill it, and everybody's runs with it.

below 80 % ─ takes runs and node jobs ── from 80 % ─ takes none ── over 100 % ─ ends or hands back its greediest run

A run that takes a large share by itself is too large for any worker and fails; a smaller one goes back to the queue,
and fails when that was no help. A process that stays large with nothing at work is started again.
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
MEMORY_PER_BYTE = 8  # what a value takes in memory, for each byte of its JSON
EFFECT_S = 0.5  # until what was ended is gone
KEPT_S = 10.0
MIB = 2**20


class MemoryKept(Exception):
    """The process is large, and nothing at work is the reason: a new one is smaller."""


class Holder(Protocol):
    """A run at work here."""

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
        runs: Callable[[], Collection[Holder]],
        is_idle: Callable[[], bool],
        on_room: Callable[[], None] = lambda: None,
        resident: Callable[[], int] | None = None,
    ) -> None:
        self.budget_bytes = budget_bytes
        self.resident_bytes = 0
        self._runs = runs
        self._is_idle = is_idle
        self._on_room = on_room
        self._resident = resident or Resident()
        self._not_before = 0.0
        self._idle_since: float | None = None
        self._handed_back: set[str] = set()

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
        """End the run that holds most, or hand it back; then see whether that was enough."""
        runs = [run for run in self._runs() if not run.is_ending]
        if not runs:
            return
        self._not_before = now + EFFECT_S
        held = {run.execution_id: run.held_bytes() for run in runs}
        greediest = max(runs, key=lambda run: held[run.execution_id])
        takes = held[greediest.execution_id] * MEMORY_PER_BYTE
        told = f"{self.resident_bytes // MIB} of {self.budget_bytes // MIB} MiB"
        is_reason = len(runs) == 1 or takes >= self.budget_bytes * TOO_LARGE
        if is_reason or greediest.execution_id in self._handed_back:
            logger.error("execution %s fails: it takes about %d MiB, the worker %s", greediest.execution_id,
                         takes // MIB, told)  # fmt: skip
            greediest.failure = greediest.failure or memory_limit(
                f"The run needs more memory than a worker may take ({self.budget_bytes // MIB} MiB)"
            )
            greediest.interrupt("failure")
        else:
            logger.warning("execution %s is handed back: the worker takes %s", greediest.execution_id, told)
            self._handed_back.add(greediest.execution_id)
            greediest.interrupt("shutdown")


def trim() -> None:
    """Give back to the system what is free."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return  # another C library

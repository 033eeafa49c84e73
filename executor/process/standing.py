"""Which parts of a worker stand still, for how long, and why: what its heartbeat tells and its lease hangs on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from core.database.errors import Trouble, kind_of
from executor.database.orm import DatabaseWork
from executor.database.statements import Control
from executor.journal.journal import Journal
from executor.process.lease import WAITS, Standing
from executor.queue.claiming import Claims

NOTED_S = 5.0  # shorter pauses are everyday life
POLL_LATE_S = 10.0
DATABASE_LATE_S = 20.0


@dataclass(slots=True)
class Refusals:
    """Questions that the database refuses to answer, by name: somebody's row stands in their way."""

    _why: dict[str, str] = field(default_factory=dict[str, str])

    def note(self, name: str, exc: BaseException) -> None:
        self._why[name] = kind_of(exc)

    def over(self, name: str) -> None:
        self._why.pop(name, None)

    def reasons(self) -> dict[str, str]:
        return {name: f"is refused: {why}" for name, why in self._why.items()}


@dataclass(slots=True)
class Watched:
    """The parts of one process that are looked at."""

    journal: Journal
    control: Control
    claims: Claims
    database: DatabaseWork
    refusals: Refusals
    polled_at: float = field(default_factory=time.monotonic)

    def standing(self, now: float) -> Standing:
        """Return the parts that stand still now."""
        found: dict[str, tuple[float, str]] = {}
        for name, trouble in (("journal", self.journal.trouble), ("claims", self.control.trouble)):
            _add_trouble(found, name, trouble, now)
        for name, lasted_s, what in (
            ("journal", self.journal.waited_s(now), "a commit is wanted"),
            ("claims", self.claims.waited_s(now), "a claim is under way"),
            ("polling", now - self.polled_at - POLL_LATE_S, "nobody has asked for commands"),
        ):
            if lasted_s > NOTED_S and name not in found:
                found[name] = lasted_s, f"{what} for {lasted_s:.0f} s"
        if self.database.waited_s(now) > DATABASE_LATE_S:  # told only: it may be large, and the lease hangs on commits
            found["database"] = 0.0, f"work on it is not answered for {self.database.waited_s(now):.0f} s"
        # A refused question is told and keeps the lease: whoever took over would be refused the same.
        return {**{name: (0.0, reason) for name, reason in self.refusals.reasons().items()}, **found}


def _add_trouble(found: dict[str, tuple[float, str]], name: str, trouble: Trouble, now: float) -> None:
    lasted_s = trouble.lasted_s(now)
    if lasted_s > NOTED_S:
        found[name] = lasted_s, f"{WAITS}{trouble.reason}"

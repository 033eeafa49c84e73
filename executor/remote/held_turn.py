"""The turn of a node that a worker makes for a run of another, as its memory budget sees it."""

from __future__ import annotations

import asyncio

from executor.domain.run_error import RunError
from executor.node.runner import Turn


class HeldTurn:
    """A turn at work here, as the memory's budget sees it: what it was given, what it makes, how it is ended."""

    def __init__(self, execution_id: str) -> None:
        self.execution_id = execution_id
        self.failure: RunError | None = None
        self.reason: str | None = None
        self.broken: Exception | None = None
        self.given_bytes = 0
        self.turn: Turn | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def is_ending(self) -> bool:
        return self.reason is not None

    def held_bytes(self) -> int:
        """Return about how much of values it holds, as JSON."""
        return self.given_bytes + (self.turn.making.made if self.turn is not None else 0)

    def interrupt(self, reason: str) -> None:
        """Break it off: "failure", "broke", or anything else to hand it back."""
        if self.reason is None and self.task is not None:
            self.reason = reason
            self.task.cancel()

    def broke(self, exc: Exception) -> None:
        """Break it off as what its process was over its budget with."""
        self.broken = exc
        self.interrupt("broke")

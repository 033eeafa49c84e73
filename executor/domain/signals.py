"""What an engine tells itself by raising: about runs and their worker, never about a node.

A node's code does not catch these, and they are never its failure: the run is let go, handed back, or ends.
"""

from __future__ import annotations

from typing import Any


class EngineSignal(Exception):
    """Root of what concerns a run's place in this process, not the node that happens to be at work."""


class Fenced(EngineSignal):
    """Another worker holds this run, or it has ended: whatever we still do with it does not count."""


class Refused(EngineSignal):
    """The transition is not granted: a command was set meanwhile."""


class LeaseTooShort(EngineSignal):
    """No effect may start: our lease could be over before it is done."""


class DatabaseLost(EngineSignal):
    """The database was away for longer than the lease: whoever has it again goes on with the run."""


class EngineBroke(EngineSignal):
    """The engine raised while it drove a run; the cause says what."""


class JournalRejected(EngineSignal):
    """PostgreSQL refuses what this run wants to store; `place` is that of the node whose row it was, where one was."""

    def __init__(self, reason: str, place: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.place = place

    def as_error(self) -> dict[str, Any]:
        """Return the failure of the run."""
        if self.place is not None:
            return {"code": "invalid_output", "message": f"What the node made cannot be stored: {self}"[:500],
                    "retryable": False, "details": {}, **self.place}  # fmt: skip
        return {"code": "journal_rejected", "message": f"The journal refused the results: {self}"[:500],
                "node_id": None, "node_label": None, "path": "", "retryable": False, "details": {}}  # fmt: skip

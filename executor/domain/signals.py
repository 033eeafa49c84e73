"""What an engine tells itself by raising: about runs and their worker, never about a node.

A node's code does not catch these, and they are never its failure: the run is let go, handed back, or ends.
"""

from __future__ import annotations

from executor.domain.run_error import NodePlace, RunError, at_place, of_run


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

    def __init__(self, reason: str, place: NodePlace | None = None) -> None:
        super().__init__(reason)
        self.place = place

    def as_error(self) -> RunError:
        """Return the failure of the run."""
        if self.place is not None:
            message = f"What the node made cannot be stored: {self}"[:500]
            return at_place({"code": "invalid_output", "message": message}, self.place)
        return of_run("journal_rejected", f"The journal refused the results: {self}"[:500])

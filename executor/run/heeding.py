"""What becomes of a run when the engine signals something while it works for it."""

from __future__ import annotations

from executor.domain.signals import DatabaseLost, EngineBroke, EngineSignal, Fenced, JournalRejected, LeaseTooShort
from executor.run.state import Run
from nodes.base import CancelRun


def heed(run: Run, signal: EngineSignal | CancelRun) -> None:
    """End a run's time in this process as a signal says. Raises: the signal, where it is not the run's."""
    match signal:
        case CancelRun():
            run.cancel(signal.end_reason)
        case Fenced():
            run.interrupt("fenced")
        case JournalRejected():
            pass  # the run was told, with the node whose row it was
        case LeaseTooShort() | DatabaseLost():
            run.interrupt("lease")
        case EngineBroke():
            run.broke(signal)
        case _:
            raise signal

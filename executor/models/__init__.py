"""Tables of the executor, all that Django looks for under this name."""

from executor.models.dead_letters import DeadLetter
from executor.models.journal import EventBatch, NodeRun
from executor.models.results import CachedResult
from executor.models.runs import Definition, Execution, Layout, RunState
from executor.models.spending import Budget, Reservation
from executor.models.waits import HumanTask, NodeJob, Signal, Wait

__all__ = [
    "Budget",
    "CachedResult",
    "DeadLetter",
    "Definition",
    "EventBatch",
    "Execution",
    "HumanTask",
    "Layout",
    "NodeJob",
    "NodeRun",
    "Reservation",
    "RunState",
    "Signal",
    "Wait",
]

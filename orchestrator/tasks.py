"""Ways in from Celery: unpack, one call."""

from __future__ import annotations

from core.clock import database_now
from core.process.ticks import alone, tick
from executor.node import kept_results
from executor.verbs import dead_letters, forgetting
from orchestrator.executions import pruning
from orchestrator.files import files
from orchestrator.tables import left_state


@tick("orchestrator.clean_up")
def clean_up(**_newer: object) -> None:
    alone(lambda: dead_letters.clean(now=database_now()))
    alone(lambda: pruning.ask(now=database_now()))
    alone(forgetting.ask)
    alone(left_state.ask)
    alone(lambda: files.ask(now=database_now()))
    alone(lambda: kept_results.sweep(database_now()))

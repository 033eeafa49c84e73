"""Who runs the nodes of a graph, and what a graph is to those who run it; without LangGraph itself.

The driver is found in a context variable, so that one compiled graph serves all runs of a process at once.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, Protocol


class Driver(Protocol):
    """Who runs nodes: it never raises, every outcome is in its ledger."""

    async def run_nodes(self, nodes: tuple[str, ...]) -> None: ...

    def is_done(self, nodes: tuple[str, ...]) -> bool: ...


DRIVER: ContextVar[Driver] = ContextVar("heddle_driver")
Lowered = Callable[[int], Coroutine[Any, Any, None]]  # goes through the graph, in at most so many steps

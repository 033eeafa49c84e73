"""What the engine does for a node, and whose failure it is."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from core.errors import WorkflowError
from executor.domain.signals import EngineBroke, EngineSignal

R = TypeVar("R")


async def ours(work: Awaitable[R]) -> R:
    """Do what the engine does for a node: what that raises is the engine's failure, unless it says otherwise."""
    try:
        return await work
    except (WorkflowError, EngineSignal):
        raise
    except Exception as exc:
        raise EngineBroke("the engine raised while it served a node") from exc

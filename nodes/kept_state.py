"""Work that depends on what a node keeps from run to run, and changes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from core import jitter
from core.json import canonical
from nodes.abilities import State
from nodes.base import NodeFailed

TRIES = 10  # of work that finds that another run has changed what it began with
PAUSE_S = 0.2
R = TypeVar("R")


async def changing(state: State, name: str, work: Callable[[Any], Awaitable[tuple[R, Any]]]) -> R:
    """Do work on what is kept; keep what it makes of it, and return what else it gives.

    `work` returns both. Where another run was quicker it is done again. A node that runs again after its change was
    kept does the work on what it found the first time, and keeps nothing more.
    Raises: NodeFailed "state_conflict" (retryable) when others were always quicker.
    """
    for left in reversed(range(TRIES)):
        found = await state.read(name)
        given, after = await work(found.value)
        if found.is_written or canonical(after) == canonical(found.value):
            return given
        try:
            await state.write(found, after, name)
        except NodeFailed as exc:
            if exc.node_code != "state_conflict" or not left:
                raise
        else:
            return given
        await asyncio.sleep(jitter.between(0, PAUSE_S))
    raise AssertionError  # the last try returns or raises

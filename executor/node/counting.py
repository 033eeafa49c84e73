"""Counting items against the budget of a node, a while at a time: the loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import time

from nodes import budget
from nodes.items import Items

YIELD_AFTER_S = 0.005


async def count_all(*outputs: Items) -> None:
    """Count items that are there, a while at a time. Raises: NodeFailed "items_limit", "invalid_output"."""
    counting = budget.Budget()
    since = time.monotonic()
    for items in outputs:
        counting.expect(len(items))
        for item in items:
            if counting.put(item):
                await settled(counting)
            if time.monotonic() - since > YIELD_AFTER_S:
                await asyncio.sleep(0)
                since = time.monotonic()
    await settled(counting)


async def settled(counting: budget.Budget) -> None:
    """Count what waits to be; what is large in a thread, which lets the loop go on every few milliseconds.

    Raises: NodeFailed.
    """
    if counting.is_light:
        counting.settle()
    else:
        await asyncio.to_thread(counting.settle)

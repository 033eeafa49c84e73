"""Gives the items of a run that is over back to memory little by little: a million of them hold a loop for long."""

from __future__ import annotations

import asyncio

from executor.domain.ledger import Ledger, Outcome
from nodes.items import Item

AT_ONCE = 2000  # items freed in some milliseconds


async def let_go(ledger: Ledger) -> None:
    """Empty a ledger that nobody reads any more, letting others go on in between."""
    lists = _taken_from(ledger)
    while lists:
        items: list[Item] = lists.pop()
        while items:
            del items[-AT_ONCE:]
            await asyncio.sleep(0)


def _taken_from(ledger: Ledger) -> list[list[Item]]:
    """Take the items out of a ledger and of those of its loops' last rounds. Lists others may hold stay as they are."""
    lists = [list(ledger.entered)]
    ledger.entered = []
    for node_id, outcome in ledger.outcomes.items():
        lists.extend(list(items) for items in outcome.outputs.values())
        ledger.outcomes[node_id] = Outcome(outcome.status)  # who is still on its way finds no items, and no gap
    for inner in ledger.last.values():
        lists.extend(_taken_from(inner))
    return lists

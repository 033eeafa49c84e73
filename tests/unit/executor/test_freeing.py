"""What a large run held goes in pieces: the loop serves others meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakSet

from compiler.compiler import compile_definition
from compiler.definition import read
from executor.domain.ledger import Ledger, Outcome
from executor.domain.lifecycle import NodeStatus
from executor.run import freeing
from nodes.builtin import BUILTIN
from nodes.registry import catalogue_of
from tests.builders import chain, set_node

MANY = 20 * freeing.AT_ONCE


class Seen(dict[str, Any]):
    """An item that can be counted as long as it lives."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # by identity: so many equal ones are many


def test_the_items_of_a_run_that_is_over_go_a_few_at_a_time() -> None:
    definition = read(chain(set_node("a", x=1), set_node("b", x=1)))
    plan = compile_definition(definition, catalogue_of(BUILTIN))[0].plan
    ledger = Ledger(plan, plan.root)
    alive: WeakSet[Seen] = WeakSet()
    for node_id in ("a", "b"):
        items: list[Any] = [Seen() for _ in range(MANY)]
        alive.update(items)
        ledger.outcomes[node_id] = Outcome(NodeStatus.COMPLETED, {"main": items})
    kept = ledger.outcomes["a"].outputs["main"]
    del items
    counts = [len(alive)]

    async def look_on() -> None:
        while True:
            counts.append(len(alive))
            await asyncio.sleep(0)

    async def go() -> None:
        others = asyncio.create_task(look_on())
        await freeing.let_go(ledger)
        others.cancel()

    asyncio.run(go())

    assert len(kept) == MANY == len(alive), "what others hold stays"
    gone = [before - after for before, after in zip(counts, counts[1:], strict=False)]
    assert max(gone) <= freeing.AT_ONCE
    assert [ledger.items_of(node_id, "main") for node_id in ("a", "b")] == [[], []]

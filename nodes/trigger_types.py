"""Node types that start runs; how one is armed and called stands with its sort, as `calling` and `polling`."""

from __future__ import annotations

from typing import ClassVar

from nodes.base import Armed, NodeContext, NodeResult, NodeType, P
from nodes.items import Item


class TriggerType(NodeType[P]):
    """A node type that starts a run: the run's input passes through it."""

    is_trigger = True
    obeys = frozenset()
    armed: ClassVar[Armed | None] = "manual"
    starts_as: ClassVar[str] = "event"  # what the runs it starts say of their trigger
    has_error_output = False
    inputs = ()

    async def run(self, params: P, item: Item, ctx: NodeContext) -> NodeResult:
        return NodeResult({"main": [item]})

"""Node types that send items round a body."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Literal

from nodes.base import NodeContext, NodeFailed, NodeResult, NodeType, P, Port
from nodes.items import Item, Items

RoundFailure = Literal["stop", "skip", "collect"]


class LoopNodeType(NodeType[P]):
    """A node type that runs the nodes behind its `loop` handle once for each round, and hands on what came back.

    It only says what the rounds are; running them is the executor's work.
    """

    per_item = False
    obeys = frozenset()
    loop_handle = "loop"
    outputs = (Port("loop", "Loop"), Port("done", "Done"))

    @abstractmethod
    def rounds(self, params: P, inputs: Mapping[str, Items]) -> list[Items]:
        """Return the items each round gets, paired with the input items they came from. Raises: NodeFailed."""

    def at_once(self, params: P) -> int:
        """Return how many rounds may run at a time."""
        return 1

    def on_failure(self, params: P) -> RoundFailure:
        """Return what a failed round means: the loop fails, the round is left out, or its error is a result."""
        return "stop"

    async def run(self, params: P, item: Item, ctx: NodeContext) -> NodeResult:
        raise NodeFailed("node_failed", "A loop runs by its rounds")

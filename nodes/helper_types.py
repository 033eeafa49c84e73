"""Node types that stand beside a step and fill its slots; tools are those with arguments of their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from nodes.base import TOOL_OUTPUT, NodeContext, NodeFailed, NodeResult, NodeType, P, Port, Reach
from nodes.helpers import NO_ARGUMENTS, Gives, ToolOffer
from nodes.items import Item


class HelperType(NodeType[P]):
    """A node type that is no step: it gives a step something, by its one output, which is named like it."""

    inputs: ClassVar[tuple[Port, ...]] = ()
    outputs: ClassVar[tuple[Port, ...]] = ()
    obeys = frozenset()
    has_error_output = False

    async def run(self, params: P, item: Item, ctx: NodeContext) -> NodeResult:
        raise NodeFailed("node_failed", "A helper has no turn of its own")


class ToolType(HelperType[P]):
    """A helper type that is a tool with arguments of its own."""

    gives: ClassVar[Gives | None] = "tool"
    outputs: ClassVar[tuple[Port, ...]] = TOOL_OUTPUT
    obeys = frozenset({"timeout_s"})

    def named(self, params: Mapping[str, Any]) -> tuple[str, str]:
        """Return the name and the description that its params say; empty ones: those of its label."""
        return "", ""

    def arguments(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the JSON Schema of its arguments, with these params as they stand in the definition.

        What its params ask for by `$fromAI` is added to them.
        """
        return NO_ARGUMENTS

    @abstractmethod
    async def use(self, params: P, arguments: Mapping[str, Any], item: Item, ctx: NodeContext) -> NodeResult:
        """Do what the tool does, for an item of its step. Raises: NodeFailed."""


class ToolSetType(HelperType[P]):
    """A helper type that stands for several tools, which are known when a run asks for them."""

    gives: ClassVar[Gives | None] = "tool"
    outputs: ClassVar[tuple[Port, ...]] = TOOL_OUTPUT
    obeys = frozenset({"timeout_s"})

    @abstractmethod
    async def offers(self, params: P, ctx: Reach) -> Sequence[ToolOffer]:
        """Return its tools. Raises: NodeFailed."""

    @abstractmethod
    async def use(self, params: P, tool: str, arguments: Mapping[str, Any], item: Item, ctx: NodeContext) -> NodeResult:
        """Do what one of its tools does. Raises: NodeFailed."""

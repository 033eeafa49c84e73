"""A node's params: its expressions evaluated, and looked at by its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import ValidationError

from compiler.expressions import ExpressionFailed, Names
from compiler.graph import Node
from compiler.params import dotted
from core.values.misfits import message_of, named_message_of
from nodes.base import NodeFailed, NodeParams


class Evaluates(Protocol):
    """Who evaluates the params of a node's items, here or elsewhere."""

    async def at(self, at: int, unresolved: list[tuple[str, str]]) -> NodeParams:
        """Return the params for an item. Raises: NodeFailed."""
        ...

    async def values(self, at: int, unresolved: list[tuple[str, str]]) -> dict[str, Any]:
        """Return them as they are before they are looked at. Raises: NodeFailed."""
        ...


def params_of(node: Node, names: Names, unresolved: list[tuple[str, str]]) -> NodeParams:
    """Return the params for the item that `names` stands at. Raises: NodeFailed."""
    template = node.known_template
    return template.constant if template.constant is not None else validated(node, raw_params(node, names, unresolved))


def raw_params(
    node: Node, names: Names, unresolved: list[tuple[str, str]], check: Callable[[], None] | None = None
) -> dict[str, Any]:
    """Return the params with their expressions evaluated. Raises: NodeFailed, and whatever `check` does."""
    try:
        return node.known_template.values(names, unresolved, check)
    except ExpressionFailed as exc:
        raise NodeFailed("expression_error", exc.message, reason=exc.code) from exc


def validated(node: Node, values: Mapping[str, Any]) -> NodeParams:
    """Return params that fit the node's type. Raises: NodeFailed."""
    try:
        return node.known_type.Params.model_validate(values)
    except ValidationError as exc:
        found = [(dotted(error["loc"]), error) for error in exc.errors(include_url=False, include_input=False)]
        errors = [{"field": field, "message": message_of(error)} for field, error in found]
        raise NodeFailed("invalid_params", named_message_of(*found[0]), errors=errors) from exc

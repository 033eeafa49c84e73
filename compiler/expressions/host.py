"""Objects over the run's data: `$input`, `$('Label')`, `$node["Label"]`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expressions.errors import ExpressionFailed, JsError
from compiler.expressions.scope import NodeView, Scope
from compiler.expressions.values import UNDEFINED, Function, HostObject, index_of


def node_ref(scope: Scope, label: str) -> NodeRef:
    """Return the object of a node. Raises: ExpressionFailed where there is none of that label."""
    view = scope.names.node(label)
    if view is None:
        raise ExpressionFailed(f"there is no node {label[:60]!r}", "expression_unknown_node")
    return NodeRef(view, scope.names.item_index, scope)


class NodeRef(HostObject):
    """`$('Label')`."""

    __slots__ = ("item_index", "scope", "view")

    def __init__(self, view: NodeView, item_index: int, scope: Scope) -> None:
        self.view = view
        self.item_index = item_index
        self.scope = scope

    def member(self, key: str) -> Any:
        read = _NODE_MEMBERS.get(key)
        if read is not None:
            return self.scope.own(read(self))
        method = _NODE_METHODS.get(key)
        return Function(lambda arguments: self.scope.own(method(self, arguments))) if method else UNDEFINED

    def ran(self) -> NodeView:
        if not self.view.is_executed:
            raise JsError("the node has not run")
        return self.view

    def paired(self, item_index: int | None = None) -> Any:
        item = self.ran().item_of(self.item_index if item_index is None else item_index)
        return UNDEFINED if item is None else item

    def at(self, position: int, output: int = 0) -> Any:
        items = self.ran().items(output)
        return items[position] if -len(items) <= position < len(items) else UNDEFINED


_NODE_MEMBERS: dict[str, Callable[[NodeRef], Any]] = {
    "item": lambda node: node.paired(),
    "json": lambda node: _part(node.paired(), "json"),
    "binary": lambda node: _part(node.paired(), "binary"),
    "isExecuted": lambda node: node.view.is_executed,
    "params": lambda node: dict(node.view.params),
    "parameter": lambda node: dict(node.view.params),
    "context": lambda node: {},
}


def _part(item: Any, name: str) -> Any:
    whole: Any = item
    return whole.get(name, UNDEFINED) if isinstance(item, dict) else UNDEFINED


def _output(arguments: list[Any]) -> int:
    return index_of(arguments[0]) if arguments else 0


_NODE_METHODS: dict[str, Callable[[NodeRef, list[Any]], Any]] = {
    "first": lambda node, arguments: node.at(0, _output(arguments)),
    "last": lambda node, arguments: node.at(-1, _output(arguments)),
    "all": lambda node, arguments: list(node.ran().items(_output(arguments))),
    "itemMatching": lambda node, arguments: node.paired(_output(arguments)),
    "pairedItem": lambda node, arguments: node.paired(_output(arguments) if arguments else None),
}


class NodesByLabel(HostObject):
    """`$node`: the older way to name a node."""

    __slots__ = ("item_index", "scope")

    def __init__(self, scope: Scope, item_index: int) -> None:
        self.scope = scope
        self.item_index = item_index

    def member(self, key: str) -> Any:
        ref = node_ref(self.scope, key)
        ref.item_index = self.item_index
        return ref


class InputRef(HostObject):
    """`$input`: the items of this node; any other member is read from the current item's json."""

    __slots__ = ("scope",)

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def member(self, key: str) -> Any:
        names, own = self.scope.names, self.scope.own
        if key == "item":
            return own(names.items[names.item_index]) if names.item_index < len(names.items) else UNDEFINED
        if key == "params":
            return own(dict(names.params))
        if key == "context":
            return {}
        if key == "all":
            return Function(lambda arguments: own(list(names.items)))
        if key in ("first", "last"):
            return Function(
                lambda arguments: own(names.items[0 if key == "first" else -1]) if names.items else UNDEFINED
            )
        whole: Any = names.json
        return own(whole.get(key, UNDEFINED)) if isinstance(names.json, dict) else UNDEFINED

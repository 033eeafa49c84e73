"""What an expression can name, and the state of one evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from compiler.expressions.changes import own_of
from compiler.expressions.limits import Budget
from core.values.kinds import new_object

Item = dict[str, Any]


class NodeView(Protocol):
    """The output of an earlier node, seen from the current item."""

    @property
    def is_executed(self) -> bool: ...

    @property
    def params(self) -> Mapping[str, Any]: ...

    def items(self, output: int = 0) -> Sequence[Item]: ...

    def item_of(self, item_index: int) -> Item | None:
        """Return the item from which an item of the current node came, by `pairedItem`."""
        ...


class NoNodes:
    """No earlier node at all: what a preview without an execution sees."""

    def __call__(self, label: str) -> NodeView | None:
        return None


class FindNode(Protocol):
    def __call__(self, label: str, /) -> NodeView | None: ...


@dataclass(slots=True)
class Names:
    """All that `$…` names mean for one item of one node."""

    json: Any = field(default_factory=dict)
    items: Sequence[Item] = ()
    item_index: int = 0
    run_index: int = 0
    node: FindNode = field(default_factory=NoNodes)
    variables: Mapping[str, Any] = field(default_factory=new_object)
    event: Any = None
    execution: Mapping[str, Any] = field(default_factory=new_object)
    workflow: Mapping[str, Any] = field(default_factory=new_object)
    loop: Mapping[str, Any] | None = None
    params: Mapping[str, Any] = field(default_factory=new_object)
    previous: Mapping[str, Any] | None = None
    ai: Mapping[str, Any] | None = None  # the arguments a model gave a tool; None: this is no tool
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    timezone: str = "UTC"


class Scope:
    """One evaluation: names, locals of a function by slot, and what is left of the budget."""

    __slots__ = ("budget", "json", "local", "names")

    def __init__(self, names: Names, budget: Budget, local: dict[int, Any] | None = None) -> None:
        self.names = names
        self.json = names.json
        self.budget = budget
        self.local: dict[int, Any] = local if local is not None else {}

    def own(self, value: Any) -> Any:
        """Return a value of the run as this evaluation may change it: its copy, where anything may be changed."""
        return value if self.budget.copies is None else own_of(self.budget, value)

    def at_item(self, index: int) -> Scope:
        """Return the scope of another item of the node; its budget is the same."""
        items = self.names.items
        json: Any = items[index].get("json", {}) if 0 <= index < len(items) else {}
        return Scope(replace(self.names, json=json, item_index=index), self.budget)

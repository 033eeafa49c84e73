"""What expressions of a node see: its items, earlier nodes, the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from compiler.expressions import Names, NodeView
from compiler.expressions.scope import FindNode
from compiler.graph import Graph, Node
from executor.domain.ledger import Ledger
from executor.domain.links import Follower
from nodes.items import Item, Items

T = TypeVar("T")


@dataclass(slots=True)
class EarlierNode:
    """An ancestor of the running node. Nodes that are not ancestors are absent: seeing them would depend on time."""

    ledger: Ledger
    named: Node
    reader: str
    handle: str
    follower: Follower  # of links to it, for all items of the reader

    @property
    def is_executed(self) -> bool:
        return self._precedes() and self.ledger.items_of(self.named.id, self._first_handle) is not None

    @property
    def params(self) -> Mapping[str, Any]:
        return self.named.params

    @property
    def _handles(self) -> tuple[str, ...]:
        return (*self.named.type.output_names(self.named.params), "error") if self.named.type else ()

    @property
    def _first_handle(self) -> str:
        return next(iter(self._handles), "main")

    def _precedes(self) -> bool:
        return self.ledger.plan.before.precedes(self.named.id, self.reader)

    def items(self, output: int = 0) -> Sequence[Item]:
        if not 0 <= output < len(self._handles) or not self._precedes():
            return []
        return self.ledger.items_of(self.named.id, self._handles[output]) or []

    def outputs(self) -> list[Sequence[Item]]:
        """Return the items of all outputs."""
        return [self.items(number) for number in range(len(self._handles))]

    def item_of(self, item_index: int) -> Item | None:
        """Return the item that one of ours came from; where its links are lost, the only one there was."""
        edges = self.ledger.plan.incoming[self.reader]
        found = self.follower.origin(self.ledger, edges, self.handle, item_index)
        if not found.is_lost or len(found.items) > 1:
            return found.item
        items = self.items()
        return items[0] if len(items) == 1 else None


def node_finder(ledger: Ledger, graph: Graph, reader: str, handle: str) -> FindNode:
    views: dict[str, EarlierNode] = {}

    def find(label: str) -> NodeView | None:
        node_id = graph.node_id_of(label)
        if node_id is None:
            return None
        if node_id not in views:
            views[node_id] = EarlierNode(ledger, graph.nodes[node_id], reader, handle, Follower(node_id))
        return views[node_id]

    return find


def names_for(ledger: Ledger, node: Node, inputs: Mapping[str, Items], run: Mapping[str, Any], now: Any) -> Names:
    """Return the names for a node's attempt; `json` and `item_index` move with the item."""
    handle = next(iter(inputs), "main")
    items = inputs.get(handle) or []
    graph = ledger.plan.graph
    return Names(
        json=items[0].get("json", {}) if items else {},
        items=items,
        node=node_finder(ledger, graph, node.id, handle),
        variables=run["variables"],
        event=run["event"],
        execution=run["execution"],
        workflow=run["workflow"],
        params=node.params,
        loop=ledger.loop,
        run_index=ledger.loop["index"] if ledger.loop else 0,
        now=now,
        timezone=graph.settings.timezone,
    )


def at_item(names: Names, take: Callable[[list[tuple[str, str]]], T]) -> Callable[[int, list[tuple[str, str]]], T]:
    """Return `take` for the item with a number: `names` stands at that item then."""
    items = names.items

    def taken(at: int, unresolved: list[tuple[str, str]]) -> T:
        names.json = items[at].get("json", {}) if at < len(items) else {}
        names.item_index = at
        return take(unresolved)

    return taken

"""Where items came from: `pairedItem` followed back through a run, to the one item it leads to or to none.

An item says which items of its node's input it was made of: one place, several, or none ([]). One that says nothing
was made of the item at its own place where its node gave as many items as it got; else nobody knows of which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from compiler.graph import Edge
from compiler.plan import Plan, Region
from core.values.kinds import is_list, is_object
from nodes.items import Item, Items

MOST_FOLLOWED = 10_000  # links, for one item


class Ledger(Protocol):
    """What a run knows so far in one region, as far as links are followed in it."""

    @property
    def plan(self) -> Plan: ...

    @property
    def region(self) -> Region: ...

    @property
    def parent(self) -> Ledger | None: ...

    @property
    def outcomes(self) -> Mapping[str, Any]: ...

    def given(self, edge: Edge) -> Items | None: ...

    def inputs_of(self, node_id: str) -> dict[str, Items] | None: ...


Place = tuple[Ledger, str, str, int]  # an item of a node's input: its ledger, the node, the input, its number


@dataclass(frozen=True, slots=True)
class Origin:
    """What links lead to. `is_lost` says that one of them ends behind the node that was looked for."""

    items: tuple[tuple[int, Item], ...]  # with their places in what the node gave
    is_lost: bool

    @property
    def item(self) -> Item | None:
        """The item, where there is just one, and nothing was lost on the way to it."""
        return self.items[0][1] if len(self.items) == 1 and not self.is_lost else None


@dataclass(frozen=True, slots=True)
class Source:
    """An item on an edge: the node it came from, its place in what came, and how much came."""

    node_id: str
    item: Item
    at: int
    count: int


def origin(ledger: Ledger, edges: Sequence[Edge], handle: str, index: int, target: str) -> Origin:
    """Follow an item that came along some edges back to the items of `target` it was made of."""
    first = source_among(ledger, edges, handle, index)
    waiting = [(ledger, first)] if first is not None else []
    found: dict[int, tuple[int, Item]] = {}
    seen: set[Place] = set()
    is_lost, left = False, MOST_FOLLOWED
    while waiting:
        at, source = waiting.pop()
        if source.node_id == target:
            found[id(source.item)] = source.at, source.item
            continue
        left -= 1
        if left < 0:
            return Origin((), is_lost=True)
        places = _places(at, source)
        if places is None:
            is_lost = is_lost or _precedes(at, target, source.node_id)
            continue
        for place in places if len(places) == 1 else [place for place in places if place not in seen]:
            if len(places) > 1:
                seen.add(place)
            inner, node_id, into, number = place
            before = source_among(inner, inner.plan.incoming[node_id], into, number)
            if before is not None:
                waiting.append((inner, before))
            elif inner.plan.incoming[node_id]:
                is_lost = is_lost or _precedes(inner, target, node_id)
    return Origin(tuple(found.values()), is_lost)


def source_among(ledger: Ledger, edges: Sequence[Edge], handle: str, index: int) -> Source | None:
    """Return the item with a number among those that came along edges into an input."""
    if index < 0:
        return None
    for edge in edges:
        if edge.target_handle != handle or (edge.source != ledger.region.id and edge.source not in ledger.outcomes):
            continue
        items = ledger.given(edge) or []
        if index < len(items):
            return Source(edge.source, items[index], index, len(items))
        index -= len(items)
    return None


def _places(ledger: Ledger, source: Source) -> list[Place] | None:
    """Return the input items an item was made of, or None where nobody knows."""
    if source.node_id == ledger.region.id:
        assert ledger.parent is not None  # noqa: S101 (a body lies in something)
        ledger = ledger.parent
    paired = source.item.get("pairedItem")
    if paired is None:
        return _by_place(ledger, source)
    links = paired if is_list(paired) else [paired]
    made = list(_read(ledger, source.node_id, links))
    return made if made and len(made) == len(links) else None


def _read(ledger: Ledger, node_id: str, links: Sequence[Any]) -> Iterator[Place]:
    for link in links:
        number, into = (link.get("item"), link.get("input", 0)) if is_object(link) else (link, 0)
        if isinstance(number, int) and not isinstance(number, bool):
            yield ledger, node_id, _input_name(ledger, node_id, into), number


def _by_place(ledger: Ledger, source: Source) -> list[Place] | None:
    inputs = ledger.inputs_of(source.node_id) or {}
    none: tuple[str, Items] = ("main", [])
    handle, items = next(iter(inputs.items()), none)
    if not ledger.plan.incoming[source.node_id]:
        return []
    return [(ledger, source.node_id, handle, source.at)] if len(items) == source.count else None


def _input_name(ledger: Ledger, node_id: str, number: Any) -> str:
    node = ledger.plan.graph.nodes[node_id]
    names = node.type.input_names(node.params) if node.type else ()
    return names[number] if isinstance(number, int) and 0 <= number < len(names) else "main"


def _precedes(ledger: Ledger, target: str, node_id: str) -> bool:
    return ledger.plan.before.precedes(target, node_id)

"""Where items came from: `pairedItem` followed back through a run, to the one item it leads to or to none.

An item says which items of its node's input it was made of: one place, several, or none ([]). One that says nothing
was made of the item at its own place where its node gave as many items as it got; else nobody knows of which.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from compiler.graph import Edge
from compiler.plan import Plan, Region
from core.values.kinds import is_list, is_object
from nodes.items import Item, Items

MOST_FOLLOWED = 10_000  # links, for one item
PAUSE_EACH = 500  # links


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


NOWHERE, LOST = Origin((), is_lost=False), Origin((), is_lost=True)


@dataclass(frozen=True, slots=True)
class Source:
    """An item on an edge: the node it came from, its place in what came, and how much came."""

    node_id: str
    item: Item
    at: int
    count: int


@dataclass(slots=True)
class _Made:
    """An item on the way: at which place, what it was made of, and what that leads to as far as it was followed."""

    place: Place | None
    left: Iterator[Place]
    is_of_one: bool
    only: Origin = NOWHERE
    found: dict[int, tuple[int, Item]] = field(default_factory=dict[int, tuple[int, Item]])
    is_lost: bool = False
    taken: set[int] = field(default_factory=set[int])  # what was added already: many items may lead to the same

    def take(self, origin: Origin) -> None:
        if self.is_of_one:
            self.only = origin
        elif id(origin) not in self.taken:
            self.taken.add(id(origin))
            self.found.update((id(item), (at, item)) for at, item in origin.items)
            self.is_lost = self.is_lost or origin.is_lost

    @property
    def origin(self) -> Origin:
        return self.only if self.is_of_one else Origin(tuple(self.found.values()), self.is_lost)


@dataclass(slots=True)
class Follower:
    """Follows the links of many items back to the items of one node, each link once.

    Of an item that was made of more than `most` of them no others are looked for. `followed` counts links.
    """

    target: str
    most: int = 1
    followed: int = 0
    _known: dict[Place, Origin] = field(default_factory=dict[Place, Origin])

    def origin(self, ledger: Ledger, edges: Sequence[Edge], handle: str, index: int) -> Origin:
        """Follow an item that came along some edges back to the items of the node it was made of."""
        steps = self.steps(ledger, edges, handle, index)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                found: Origin = end.value
                return found

    def steps(self, ledger: Ledger, edges: Sequence[Edge], handle: str, index: int) -> Generator[None, None, Origin]:
        """Follow an item as `origin` does, and pause now and then, so that others may go on."""
        first = source_among(ledger, edges, handle, index)
        begun = self._begun(None, ledger, first) if first is not None else NOWHERE
        if isinstance(begun, Origin):
            return begun
        way, before = [begun], self.followed
        while way:
            made = way[-1]
            place = next(made.left, None) if len(made.found) <= self.most else None
            if place is None:
                way.pop()
                self._close(made, way)
                continue
            known: Origin | _Made | None = self._known.get(place)
            if known is None:
                self.followed += 1
                if self.followed - before > MOST_FOLLOWED:
                    self._known.update((one.place, LOST) for one in way if one.place is not None)
                    return LOST
                if self.followed % PAUSE_EACH == 0:
                    yield
                known = self._at(place)
            if isinstance(known, Origin):
                self._known[place] = known
                made.take(known)
            else:
                way.append(known)
        return begun.origin

    def _close(self, made: _Made, way: list[_Made]) -> None:
        if made.place is not None:
            self._known[made.place] = made.origin
            way[-1].take(self._known[made.place])

    def _at(self, place: Place) -> Origin | _Made:
        ledger, node_id, into, number = place
        edges = ledger.plan.incoming[node_id]
        before = source_among(ledger, edges, into, number)
        if before is not None:
            return self._begun(place, ledger, before)
        return LOST if edges and _precedes(ledger, self.target, node_id) else NOWHERE

    def _begun(self, place: Place | None, ledger: Ledger, source: Source) -> Origin | _Made:
        if source.node_id == self.target:
            return Origin(((source.at, source.item),), is_lost=False)
        places = _places(ledger, source)
        if places is None:
            return LOST if _precedes(ledger, self.target, source.node_id) else NOWHERE
        return _Made(place, iter(places), is_of_one=len(places) == 1)


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
    edges = ledger.plan.incoming[source.node_id]
    if not edges:
        return []
    counts: dict[str, int] = {}
    for edge in edges:
        if items := ledger.given(edge):
            counts[edge.target_handle] = counts.get(edge.target_handle, 0) + len(items)
    handle, count = next(iter(counts.items()), ("main", 0))
    return [(ledger, source.node_id, handle, source.at)] if count == source.count else None


def _input_name(ledger: Ledger, node_id: str, number: Any) -> str:
    node = ledger.plan.graph.nodes[node_id]
    names = node.type.input_names(node.params) if node.type else ()
    return names[number] if isinstance(number, int) and 0 <= number < len(names) else "main"


def _precedes(ledger: Ledger, target: str, node_id: str) -> bool:
    return ledger.plan.before.precedes(target, node_id)

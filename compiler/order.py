"""Order and reach in a graph, with sets of nodes as bits of an integer: 2,000 nodes cost milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush


@dataclass(frozen=True, slots=True)
class Reach:
    """A topological order (ties by id) and, for each node, who precedes and who follows it."""

    order: tuple[str, ...]
    bit: Mapping[str, int]
    before: Mapping[str, int]
    after: Mapping[str, int]

    def precedes(self, first: str, second: str) -> bool:
        return bool(self.before.get(second, 0) >> self.bit.get(first, 0) & 1) if first in self.bit else False


def topological(
    nodes: Iterable[str], successors: Mapping[str, Iterable[str]]
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return (order, what is left because it lies on or behind a cycle)."""
    members = set(nodes)
    counts = dict.fromkeys(members, 0)
    for node in members:
        for target in successors[node]:
            if target in members:
                counts[target] += 1
    ready = [node for node, count in counts.items() if count == 0]
    heapify(ready)
    order: list[str] = []
    while ready:
        node = heappop(ready)
        order.append(node)
        for target in successors[node]:
            if target in members:
                counts[target] -= 1
                if counts[target] == 0:
                    heappush(ready, target)
    return tuple(order), frozenset(members.difference(order))


def reach(order: tuple[str, ...], successors: Mapping[str, Iterable[str]]) -> Reach:
    """Return who precedes whom among nodes in topological order."""
    bit = {node: at for at, node in enumerate(order)}
    before = dict.fromkeys(order, 0)
    after = dict.fromkeys(order, 0)
    for node in order:
        mine = before[node] | 1 << bit[node]
        for target in successors[node]:
            if target in bit:
                before[target] |= mine
    for node in reversed(order):
        for target in successors[node]:
            if target in bit:
                after[node] |= after[target] | 1 << bit[target]
    return Reach(order, bit, before, after)


def cycle_in(nodes: frozenset[str], successors: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the nodes of one cycle among `nodes`, which lie on or behind one."""
    predecessors: dict[str, list[str]] = {node: [] for node in nodes}
    for node in nodes:
        for target in successors[node]:
            if target in nodes:
                predecessors[target].append(node)
    node = min(nodes)
    path: list[str] = []
    while node not in path:
        path.append(node)
        node = min(predecessors[node])
    return tuple(sorted(path[path.index(node) :]))


def cycles_in(nodes: frozenset[str], successors: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Return the cycles found one after the other, each with its nodes in order of id."""
    found: list[tuple[str, ...]] = []
    while nodes:
        cycle = cycle_in(nodes, successors)
        found.append(cycle)
        _, nodes = topological(nodes.difference(cycle), successors)
    return found

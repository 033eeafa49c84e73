"""The plan of a run: per entry trigger, a tree of regions; in a region cut nodes in series, parallel segments between.

A cut node is one that every other node of its region precedes or follows. A segment's unit is a maximal unbranched
chain; units start as soon as their own sources are done, so a run takes its critical path and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.graph import Edge, Graph
from compiler.order import Reach, reach, topological
from compiler.regions import Body, bodies, precedence


@dataclass(frozen=True, slots=True)
class Unit:
    """Nodes that run one after the other; `sources` are the units of the same segment it waits for."""

    nodes: tuple[str, ...]
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A run of cut nodes in series (one unit), or a parallel segment (its units)."""

    units: tuple[Unit, ...]
    is_segment: bool


@dataclass(frozen=True)
class Region:
    """The root of a run, or a loop's body under its loop node's id.

    `followers` are a node's targets within the region, `needs` how many of its sources are in it.
    """

    id: str
    steps: tuple[Step, ...]
    reach: Reach
    followers: Mapping[str, tuple[str, ...]]
    needs: Mapping[str, int]
    bodies: Mapping[str, Region] = field(default_factory=dict[str, "Region"])

    @property
    def order(self) -> tuple[str, ...]:
        return self.reach.order

    @property
    def cut_nodes(self) -> tuple[str, ...]:
        return tuple(node for step in self.steps if not step.is_segment for unit in step.units for node in unit.nodes)

    @property
    def segments(self) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(sorted(n for unit in step.units for n in unit.nodes)) for step in self.steps if step.is_segment
        )

    def count(self) -> int:
        return 1 + sum(body.count() for body in self.bodies.values())


@dataclass(frozen=True)
class Plan:
    """What a run that enters at `entry` will do."""

    graph: Graph
    entry: str
    root: Region
    incoming: Mapping[str, tuple[Edge, ...]]  # edges between nodes that this run reaches, but those that close a loop
    connected: Mapping[str, frozenset[str]]  # output handles that an edge uses
    returning: Mapping[str, tuple[Edge, ...]]  # by loop: the edges that bring a round's results back
    home: Mapping[str, tuple[str, ...]]  # by node: the loops it lies in, the outermost first
    before: Reach  # who precedes whom in every run, across regions

    @property
    def total(self) -> int:
        """The nodes that count for progress: all that the entry reaches, each once, those of bodies too."""
        return len(self.incoming)


def plan(graph: Graph, entry: str) -> Plan:
    """Plan a checked graph for one entry trigger."""
    members = graph.reachable(entry)
    inside = {loop: body for loop, body in bodies(graph).items() if loop in members}
    returning = {loop: body.returning for loop, body in inside.items()}
    closing = {edge.id for edges in returning.values() for edge in edges}
    incoming = {
        node: tuple(e for e in graph.incoming[node] if e.source in members and e.id not in closing) for node in members
    }
    connected = {node: frozenset(edge.source_handle for edge in graph.outgoing[node]) for node in members}
    home: dict[str, tuple[str, ...]] = dict.fromkeys(members, ())
    for loop, body in inside.items():  # enclosing loops first
        home |= dict.fromkeys(body.members & members, (*home[loop], loop))
    root = _tree(graph, "", members, inside)
    before = precedence(graph, members, inside) if inside else root.reach
    return Plan(graph, entry, root, incoming, connected, returning, home, before)


def _tree(graph: Graph, loop: str, members: frozenset[str], inside: Mapping[str, Body]) -> Region:
    """Plan the root (loop "") or a body; what belongs to a body within is planned there and seen here by its loop."""
    within = [body for body in inside.values() if (body.parent or "") == loop]
    hidden = frozenset[str]().union(*(body.members for body in within))
    regions = {body.loop: _tree(graph, body.loop, body.members & members, inside) for body in within}
    return _region(graph, loop, members - hidden, regions)


def _region(graph: Graph, loop: str, members: frozenset[str], regions: Mapping[str, Region]) -> Region:
    successors = {
        node: tuple(dict.fromkeys(e.target for e in graph.outgoing[node] if e.target in members and e.target != node))
        for node in members  # an edge to itself is a loop with an empty body
    }
    order, _ = topological(members, successors)
    known = reach(order, successors)
    predecessors: dict[str, list[str]] = {node: [] for node in order}
    for node in order:
        for target in successors[node]:
            predecessors[target].append(node)
    steps: list[Step] = []
    series: list[str] = []
    segment: list[str] = []
    others = len(order) - 1
    for node in order:
        if (known.before[node] | known.after[node]).bit_count() == others:
            if segment:
                steps.append(_segment(segment, successors, predecessors))
                segment = []
            series.append(node)
        else:
            if series:
                steps.append(Step((Unit(tuple(series)),), is_segment=False))
                series = []
            segment.append(node)
    if series:
        steps.append(Step((Unit(tuple(series)),), is_segment=False))
    if segment:
        steps.append(_segment(segment, successors, predecessors))
    needs = {node: len(sources) for node, sources in predecessors.items()}
    return Region(loop, tuple(steps), known, successors, needs, regions)


def _segment(
    members: list[str], successors: Mapping[str, tuple[str, ...]], predecessors: Mapping[str, list[str]]
) -> Step:
    inside = set(members)
    chains: list[list[str]] = []
    unit_of: dict[str, int] = {}
    for node in members:
        sources = [source for source in predecessors[node] if source in inside]
        follows = len(sources) == 1 and len(successors[sources[0]]) == 1
        if follows and chains[unit_of[sources[0]]][-1] == sources[0]:
            unit_of[node] = unit_of[sources[0]]
            chains[unit_of[node]].append(node)
        else:
            unit_of[node] = len(chains)
            chains.append([node])
    units = [
        Unit(tuple(chain), tuple(sorted({unit_of[source] for source in predecessors[chain[0]] if source in inside})))
        for chain in chains
    ]
    return Step(tuple(units), is_segment=True)

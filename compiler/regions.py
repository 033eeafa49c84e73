"""Bodies of loops: which nodes belong to a loop, and which edges cross its border.

For a loop L: core = nodes on a way from L's loop handle back to L; tail = nodes reachable from that handle and not
otherwise. Body = core + tail. Bodies nest; within one, the enclosing loop nodes count as the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compiler.graph import Edge, Graph
from compiler.order import Reach, reach, topological

MOST_AROUND = 28  # loops that a loop may lie in: each level is looked through anew


@dataclass(frozen=True, slots=True)
class Body:
    """One loop's body. `returning` are the edges that lead back to the loop node, `parent` is the enclosing loop."""

    loop: str
    core: frozenset[str]
    tail: frozenset[str]
    returning: tuple[Edge, ...]
    parent: str | None = None

    @property
    def members(self) -> frozenset[str]:
        return self.core | self.tail


def bodies(graph: Graph) -> Mapping[str, Body]:
    """Return the body of each loop node, enclosing loops first; of those too deep in others none."""
    known = graph.derived.get("bodies")
    if known is None:
        found: dict[str, Body] = {}
        if any(_loop_handle(graph, node_id) for node_id in graph.nodes):
            starts = [node.id for node in graph.nodes.values() if node.is_trigger]
            _find(graph, frozenset(graph.nodes), starts, (), found)
        known = graph.derived["bodies"] = found
    bodies_found: Mapping[str, Body] = known
    return bodies_found


def too_deep(graph: Graph) -> list[str]:
    """Return the loops that lie in more others than any may: nothing is asked of their bodies."""
    found = bodies(graph)
    return [node_id for node_id in graph.nodes if _loop_handle(graph, node_id) and node_id not in found]


def body_edges(graph: Graph) -> frozenset[str]:
    """Return the ids of the edges that close a loop and therefore are no cycle."""
    return frozenset(edge.id for body in bodies(graph).values() for edge in body.returning)


def precedence(graph: Graph, members: frozenset[str], inside: Mapping[str, Body]) -> Reach:
    """Return who precedes whom in every run: a loop precedes its body, and a body what lies behind its loop."""
    closing = {edge.id for body in inside.values() for edge in body.returning}
    successors = {
        node: [edge.target for edge in graph.outgoing[node] if edge.id not in closing and edge.target in members]
        for node in members
    }
    for body in inside.values():
        behind = [
            edge.target
            for edge in graph.outgoing[body.loop]
            if edge.target not in body.members and edge.id not in closing
        ]
        for node in body.members & members:
            successors[node] += behind
    order, _ = topological(members, successors)
    return reach(order, successors)


def _loop_handle(graph: Graph, node_id: str) -> str | None:
    node_type = graph.nodes[node_id].type
    return node_type.loop_handle if node_type else None


def _find(
    graph: Graph, members: frozenset[str], starts: Iterable[str], enclosing: tuple[str, ...], found: dict[str, Body]
) -> None:
    """Find the outermost loops among `members`, then those in their bodies."""
    candidates = {
        node_id: _body(graph, node_id, members, starts, enclosing)
        for node_id in sorted(members)
        if _loop_handle(graph, node_id) and node_id not in found
    }
    past = {loop: _reached(graph, starts, members - {loop}) for loop in candidates}  # what each of them is not before
    for loop, body in candidates.items():
        if not any(_encloses(other, body, past[other.loop]) for other in candidates.values()):
            found[loop] = body
    for loop in [loop for loop in candidates if loop in found] if len(enclosing) < MOST_AROUND else ():
        _find(graph, found[loop].members, _entered(graph, loop), (*enclosing, loop), found)


def _encloses(outer: Body, inner: Body, past_outer: frozenset[str]) -> bool:
    """Whether a loop lies in another one's body. Of two that lie in each other's, the first one reached is outer."""
    if outer.loop == inner.loop or inner.loop not in outer.members:
        return False
    return outer.loop not in inner.members or inner.loop not in past_outer


def _body(graph: Graph, loop: str, members: frozenset[str], starts: Iterable[str], enclosing: tuple[str, ...]) -> Body:
    inside = _reached(graph, _entered(graph, loop), members - {loop, *enclosing})
    back: dict[str, list[str]] = {node_id: [] for node_id in inside}
    core: set[str] = set()
    waiting: list[str] = []
    for node_id in inside:
        for edge in graph.outgoing[node_id]:
            if edge.target in back:
                back[edge.target].append(node_id)
            elif edge.target == loop and node_id not in core:
                core.add(node_id)
                waiting.append(node_id)
    while waiting:
        for source in back[waiting.pop()]:
            if source not in core:
                core.add(source)
                waiting.append(source)
    otherwise = _reached(graph, starts, members - set(enclosing), without=loop)
    returning = tuple(
        edge
        for edge in graph.incoming[loop]
        if edge.source in core or (edge.source == loop and edge.source_handle == _loop_handle(graph, loop))
    )
    parent = enclosing[-1] if enclosing else None
    return Body(loop, frozenset(core), inside - core - otherwise, returning, parent)


def _entered(graph: Graph, loop: str) -> list[str]:
    handle = _loop_handle(graph, loop)
    return [edge.target for edge in graph.outgoing[loop] if edge.source_handle == handle]


def _reached(graph: Graph, starts: Iterable[str], within: frozenset[str], *, without: str = "") -> frozenset[str]:
    """Return what edges within a set lead to; of the node `without`, its loop handle leads nowhere."""
    seen = {start for start in starts if start in within}
    waiting = list(seen)
    while waiting:
        node_id = waiting.pop()
        for edge in graph.outgoing[node_id]:
            if node_id == without and edge.source_handle == _loop_handle(graph, node_id):
                continue
            if edge.target in within and edge.target not in seen:
                seen.add(edge.target)
                waiting.append(edge.target)
    return frozenset(seen)

"""Bodies of loops: which nodes belong to a loop, and which edges cross its border.

For a loop L: core = nodes on a way from L's loop handle back to L; tail = nodes reachable from that handle and not
otherwise. Body = core + tail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.graph import Edge, Graph


@dataclass(frozen=True, slots=True)
class Body:
    """One loop's body. `returning` are the edges that lead back to the loop node."""

    loop: str
    core: frozenset[str]
    tail: frozenset[str]
    returning: tuple[Edge, ...]

    @property
    def members(self) -> frozenset[str]:
        return self.core | self.tail


def bodies(graph: Graph) -> Mapping[str, Body]:
    """Return the body of each loop node."""
    found: dict[str, Body] = {}
    for node in graph.nodes.values():
        if node.type is not None and node.type.loop_handle is not None:
            found[node.id] = _body(graph, node.id, node.type.loop_handle)
    return found


def _body(graph: Graph, loop: str, handle: str) -> Body:
    inside = _reached(graph, [edge.target for edge in graph.outgoing[loop] if edge.source_handle == handle], loop)
    outside = _reached(graph, [edge.target for edge in graph.outgoing[loop] if edge.source_handle != handle], loop)
    others = graph.reachable(*(trigger for trigger in graph.triggers)) - inside
    entered = _reached(graph, [edge.target for node in others if node != loop for edge in graph.outgoing[node]], loop)
    returning = tuple(edge for edge in graph.incoming[loop] if edge.source in inside or edge.source == loop)
    core = frozenset(node for node in inside if _leads_to(graph, node, loop))
    return Body(loop, core, (inside - core) - outside - (entered - core), returning)


def _reached(graph: Graph, starts: list[str], stop: str) -> frozenset[str]:
    seen = {start for start in starts if start != stop}
    waiting = list(seen)
    while waiting:
        for edge in graph.outgoing[waiting.pop()]:
            if edge.target not in seen and edge.target != stop:
                seen.add(edge.target)
                waiting.append(edge.target)
    return frozenset(seen)


def _leads_to(graph: Graph, node: str, goal: str) -> bool:
    return goal in graph.reachable(node)


def body_edges(graph: Graph) -> frozenset[str]:
    """Return the ids of the edges that close a loop and therefore are no cycle."""
    return frozenset(edge.id for body in bodies(graph).values() for edge in body.returning)

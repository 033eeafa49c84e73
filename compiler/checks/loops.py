"""Rules about loops: a body is entered by its loop node, and left by it."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics import Diagnostic
from compiler.graph import Edge, Graph
from compiler.regions import MOST_AROUND, Body, bodies, too_deep

ROUND_BYTES = 9  # a colon, the number of a round, a slash
PATH_BYTES = 2000  # what PostgreSQL can hold in the key of an index, less what else is in it


def bodies_are_closed(graph: Graph) -> Iterator[Diagnostic]:
    reported: set[str] = set()
    for body in reversed(list(bodies(graph).values())):  # the innermost body that an edge crosses names it
        for edge in graph.edges:
            if edge.id in reported or not {edge.source, edge.target} <= graph.nodes.keys():
                continue
            problem = _crossing(graph, body, edge)
            if problem is not None:
                reported.add(edge.id)
                yield problem


def _crossing(graph: Graph, body: Body, edge: Edge) -> Diagnostic | None:
    members, loop = body.members, graph.nodes[body.loop]
    source, target = graph.nodes[edge.source].label, graph.nodes[edge.target].label
    if edge.source in members and edge.target not in members and edge.target != body.loop:
        text = f"The edge from {source} to {target} leaves the body of {loop.label} by the side"
        return Diagnostic("loop_escape", text, edge.source, edge_id=edge.id, related=(body.loop, edge.target))
    entered = loop.type.loop_handle if loop.type else None
    by_loop = edge.source == body.loop and edge.source_handle == entered
    if edge.target in body.core and edge.source not in members and not by_loop:
        text = f"The edge from {source} to {target} enters the body of {loop.label} by the side"
        return Diagnostic("loop_entry", text, edge.target, edge_id=edge.id, related=(body.loop, edge.source))
    return None


def paths_can_be_stored(graph: Graph) -> Iterator[Diagnostic]:
    """Refuse loops so deep in others that the path of a round is longer than the key of a row may be."""
    found = bodies(graph)
    for node_id in too_deep(graph):
        text = f"{graph.nodes[node_id].label} lies in more than {MOST_AROUND} other loops"
        yield Diagnostic("loop_too_deep", text, node_id)
    for body in found.values():
        size, at = 0, body.loop
        seen: set[str] = set()
        while at not in seen:
            seen.add(at)
            size += len(at.encode()) + ROUND_BYTES
            at = found[at].parent or at
        if size > PATH_BYTES:
            text = (
                f"{graph.nodes[body.loop].label} lies in {len(seen) - 1} other loops, which is too deep for ids as long"
            )
            yield Diagnostic("loop_too_deep", text, body.loop)


def results_come_back(graph: Graph) -> Iterator[Diagnostic]:
    for body in bodies(graph).values():
        if body.members and not body.returning:
            label = graph.nodes[body.loop].label
            text = f"Nothing leads from the body back to {label}, so it hands an empty list on"
            yield Diagnostic("unused_output", text, body.loop, severity="warning")

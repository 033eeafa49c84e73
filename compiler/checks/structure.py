"""Rules about the shape of the whole graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from compiler.diagnostics import Diagnostic
from compiler.graph import Graph
from compiler.order import cycles_in, topological
from compiler.regions import body_edges, too_deep


def something_is_there(graph: Graph) -> Iterator[Diagnostic]:
    if not graph.all_nodes:
        yield Diagnostic("empty_workflow", "The workflow has no nodes")


def a_trigger_is_there(graph: Graph) -> Iterator[Diagnostic]:
    if graph.all_nodes and not graph.triggers:
        yield Diagnostic("no_trigger", "The workflow has no trigger that could start it")


def labels_are_unique(graph: Graph) -> Iterator[Diagnostic]:
    by_label: defaultdict[str, list[str]] = defaultdict(list)
    for node in graph.all_nodes.values():
        by_label[node.label].append(node.id)
    for label, ids in by_label.items():
        for node_id in ids[1:]:
            yield Diagnostic(
                "duplicate_label", f"Another node is called {label!r} too", node_id, "label", related=tuple(ids)
            )


def no_cycles(graph: Graph) -> Iterator[Diagnostic]:
    """A cycle is allowed only as a loop's body, closed by the edge that returns to the loop node."""
    if too_deep(graph):
        return  # of whose bodies nothing is known: which edges return to them is not, either
    returning = body_edges(graph)
    successors = {
        node_id: [edge.target for edge in edges if edge.id not in returning]
        for node_id, edges in graph.outgoing.items()
    }
    _, left = topological(graph.nodes, successors)
    for cycle in cycles_in(left, successors):
        names = ", ".join(graph.nodes[node_id].label for node_id in cycle)
        yield Diagnostic("dag_cycle", f"These nodes form a cycle: {names}", cycle[0], related=cycle)


def every_node_can_run(graph: Graph) -> Iterator[Diagnostic]:
    if not graph.triggers:
        return
    triggers = tuple(node.id for node in graph.nodes.values() if node.is_trigger)
    for node_id in sorted(graph.nodes.keys() - graph.reachable(*triggers)):
        yield Diagnostic("orphan_node", f"{graph.nodes[node_id].label} can never run: no trigger leads to it", node_id)

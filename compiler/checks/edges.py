"""Rules about single edges."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics import Diagnostic
from compiler.graph import Edge, Graph, Node
from nodes.base import Port

_STATIC = frozenset({"default"})  # outputs that a node with named ones has anyway


def edges_lead_somewhere(graph: Graph) -> Iterator[Diagnostic]:
    for edge in (*graph.edges, *graph.helper_edges):
        for end, name in ((edge.source, "starts at"), (edge.target, "leads to")):
            if end not in graph.all_nodes:
                known = edge.target if name == "starts at" else edge.source
                yield Diagnostic(
                    "invalid_edge",
                    f"An edge {name} {end!r}, which does not exist",
                    known if known in graph.all_nodes else None,
                    edge_id=edge.id,
                )
        if edge.source == edge.target and edge.source in graph.all_nodes:
            node_type = graph.all_nodes[edge.source].type
            if node_type is None or node_type.loop_handle is None:
                yield Diagnostic("invalid_edge", "An edge leads from a node to itself", edge.source, edge_id=edge.id)


def output_names(node: Node) -> tuple[str, ...]:
    """Return all output handles of a node, `error` included."""
    if node.type is None:
        return ()
    names = node.type.output_names(node.params)
    return (*names, "error") if node.type.has_error_output else names


def handles_exist(graph: Graph) -> Iterator[Diagnostic]:
    for edge in graph.edges:
        source, target = graph.nodes.get(edge.source), graph.nodes.get(edge.target)
        if source and source.type and edge.source_handle not in output_names(source):
            yield _unknown(edge, source, "output", edge.source_handle)
        if target and target.type and edge.target_handle not in target.type.input_names(target.params):
            yield _unknown(edge, target, "input", edge.target_handle)


def cases_lead_somewhere(graph: Graph) -> Iterator[Diagnostic]:
    """A case that a person named and connected to nothing drops its items without a word."""
    for node in graph.nodes.values():
        if node.type is None or node.type.dynamic_outputs is None:
            continue
        used = {edge.source_handle for edge in graph.outgoing[node.id]}
        static = _STATIC.union(port.name for port in node.type.outputs)
        named = [name for name in node.type.output_names(node.params) if name not in static]
        for name in named if used else ():
            if name not in used:
                text = f"What {node.label} sends to {name!r} goes nowhere"
                yield Diagnostic("unused_output", text, node.id, severity="warning")


def _unknown(edge: Edge, node: Node, side: str, handle: str) -> Diagnostic:
    return Diagnostic("unknown_handle", f"{node.label} has no {side} {handle!r}", node.id, edge_id=edge.id)


def kinds_of_data_match(graph: Graph) -> Iterator[Diagnostic]:
    for edge in graph.edges:
        source, target = graph.nodes.get(edge.source), graph.nodes.get(edge.target)
        if not (source and target and source.type and target.type):
            continue
        given = _kind(source.type.outputs, edge.source_handle)
        accepted = _kind(target.type.inputs, edge.target_handle)
        if given != accepted:
            yield Diagnostic(
                "type_mismatch",
                f"{source.label} gives {given}, but {target.label} accepts {accepted}",
                edge.target,
                edge_id=edge.id,
                related=(edge.source,),
            )


def _kind(ports: tuple[Port, ...], name: str) -> str:
    return next((port.kind for port in ports if port.name == name), "items")

"""Rules about expressions: a value may come only from nodes that precede in every run."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics import Diagnostic
from compiler.graph import Graph
from compiler.params import dotted
from compiler.regions import bodies, precedence


def named_nodes_precede(graph: Graph) -> Iterator[Diagnostic]:
    members = frozenset(graph.nodes)
    known = precedence(graph, members, bodies(graph))
    if len(known.order) < len(members):
        return  # a cycle is reported by another rule; order means nothing until it is gone
    for node in graph.nodes.values():
        for field, template in node.template.templates if node.template else ():
            for label, _ in template.node_labels:
                named = graph.node_id_of(label)
                if named is None:
                    yield Diagnostic("expression_unknown_node", f"There is no node {label!r}", node.id, dotted(field))
                elif not known.precedes(named, node.id):
                    yield Diagnostic(
                        "expression_not_upstream",
                        f"{label!r} does not run before {node.label!r} in every run",
                        node.id,
                        dotted(field),
                        related=(named,),
                    )

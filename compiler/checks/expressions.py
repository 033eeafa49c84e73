"""Rules about expressions: a value may come only from nodes that precede in every run."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics import Diagnostic
from compiler.graph import Graph
from compiler.params import dotted
from compiler.regions import bodies, precedence
from compiler.slots import served


def named_nodes_precede(graph: Graph) -> Iterator[Diagnostic]:
    members = frozenset(graph.nodes)
    known = precedence(graph, members, bodies(graph))
    if len(known.order) < len(members):
        return  # a cycle is reported by another rule; order means nothing until it is gone
    helpers = {node.label for node in graph.helpers.values()} | graph.helpers.keys()
    for node in graph.all_nodes.values():
        readers = served(graph)[node.id] if node.id in graph.helpers else {node.id}
        for field, template in node.template.templates if node.template else ():
            for label, _ in template.node_labels:
                named = graph.node_id_of(label)
                if named is None and label in helpers:
                    text = f"{label!r} is a helper: it hands on no items"
                    yield Diagnostic("expression_not_upstream", text, node.id, dotted(field))
                elif named is None:
                    yield Diagnostic("expression_unknown_node", f"There is no node {label!r}", node.id, dotted(field))
                elif not all(known.precedes(named, reader) for reader in readers):
                    yield Diagnostic(
                        "expression_not_upstream",
                        _not_before(label, node.label, is_helper=node.id in graph.helpers),
                        node.id,
                        dotted(field),
                        related=(named,),
                    )


def _not_before(label: str, reader: str, *, is_helper: bool) -> str:
    whom = f"every step that {reader!r} helps" if is_helper else repr(reader)
    return f"{label!r} does not run before {whom} in every run"

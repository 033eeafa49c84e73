"""Rules about expressions: a value may come only from nodes that precede in every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.diagnostics import Diagnostic
from compiler.expressions import syntax
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


def paths_resolve(graph: Graph) -> Iterator[Diagnostic]:
    """Warn of a field that none of the nodes before gives, where all that they give is known."""
    for node in graph.nodes.values():
        known = _fields_before(graph, node.id)
        if known is None:
            continue
        given, labels = known
        for field, template in node.template.templates if node.template else ():
            for name in dict.fromkeys(name for part in template.parts for name in _plain_fields(part.tree)):
                if name not in given:
                    said = ", ".join(map(repr, labels))[:200]
                    text = f"{name[:60]!r} is no field of what comes from {said}: it is undefined"
                    yield Diagnostic("unresolved_path", text, node.id, dotted(field), severity="warning")


def _fields_before(graph: Graph, node_id: str) -> tuple[set[str], list[str]] | None:
    """Return the fields of the items that come to a node, and the labels of those they come from; None: not known."""
    edges = graph.incoming.get(node_id, ())
    sources = [graph.nodes[edge.source] for edge in edges]
    if not edges or len({edge.target_handle for edge in edges}) > 1:
        return None
    if any(edge.source_handle == "error" for edge in edges):
        return None
    given: set[str] = set()
    for source in sources:
        settings = source.settings
        fields = source.type.fields_given(source.params) if source.type is not None else None
        if fields is None or settings.disabled or settings.on_error != "fail":
            return None
        given |= fields
    return given, [source.label for source in sources]


def _plain_fields(tree: Any) -> Iterator[str]:
    """Yield the fields that an expression reads from `$json` by name; none where it may have another value for them."""
    parts = list(syntax.parts_in(tree)) if tree is not None else []
    if any(isinstance(part, (syntax.Logical, syntax.Conditional, syntax.Arrow)) for part in parts):
        return
    tested = {id(part.operand) for part in parts if isinstance(part, syntax.Unary)}
    for part in parts:
        if not isinstance(part, syntax.Chain) or id(part) in tested or not _is_json(part.base):
            continue
        first, *after = part.links
        is_method = bool(after) and isinstance(after[0], syntax.Call)
        if isinstance(first, syntax.Member) and not first.optional and not is_method:
            yield first.key


def _is_json(base: Any) -> bool:
    return isinstance(base, syntax.Name) and base.name == "$json"

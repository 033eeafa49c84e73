"""Rules about helpers: what fills which slot, and what a tool asks a model for."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics import Diagnostic
from compiler.graph import Edge, Graph, Node
from compiler.order import cycles_in, topological
from compiler.params import dotted
from compiler.slots import MOST_DEEP, conflicts, filled, gives_of, output_of, slots_of
from nodes.helpers import TOOL


def helpers_fit_slots(graph: Graph) -> Iterator[Diagnostic]:
    """Each edge beside the flow leads from a helper's output into a slot that accepts what it gives."""
    for edge in graph.helper_edges:
        source, target = graph.all_nodes.get(edge.source), graph.all_nodes.get(edge.target)
        if source is None or target is None or source.type is None or target.type is None:
            continue
        wrong = list(_wrong_ends(graph, edge, source, target))
        yield from wrong
        if not wrong:
            yield from _mismatch(graph, edge, source, target)


def _wrong_ends(graph: Graph, edge: Edge, source: Node, target: Node) -> Iterator[Diagnostic]:
    known_source, known_target = source.known_type, target.known_type
    if source.id in graph.helpers:
        if edge.source_handle != output_of(source):
            yield _unknown(edge, source, f"{source.label} is a helper: it has no output {edge.source_handle!r}")
    elif edge.source_handle not in (*known_source.output_names(source.params), "error"):
        yield _unknown(edge, source, f"{source.label} has no output {edge.source_handle!r}")
    slots = slots_of(target)
    if edge.target_handle in slots:
        return
    if target.id in graph.helpers:
        yield _unknown(edge, target, f"{target.label} is a helper: it has no input {edge.target_handle!r}")
    elif edge.target_handle not in known_target.input_names(target.params):
        yield _unknown(edge, target, f"{target.label} has no input {edge.target_handle!r}")


def _unknown(edge: Edge, node: Node, text: str) -> Diagnostic:
    return Diagnostic("unknown_handle", text, node.id, edge_id=edge.id)


def _mismatch(graph: Graph, edge: Edge, source: Node, target: Node) -> Iterator[Diagnostic]:
    slot = slots_of(target).get(edge.target_handle)
    accepted = slot.accepts if slot is not None else "items"
    given = gives_of(source) if source.id in graph.helpers else "items"
    if given != accepted:
        text = f"{source.label} gives {given}, but {target.label} accepts {accepted}"
        yield Diagnostic("type_mismatch", text, target.id, edge_id=edge.id, related=(source.id,))


def slots_are_filled(graph: Graph) -> Iterator[Diagnostic]:
    """A required slot has a helper, and a single one no more than that."""
    for node in graph.all_nodes.values():
        if node.settings.disabled:
            continue
        for slot in slots_of(node).values():
            ids = filled(graph).get(node.id, {}).get(slot.name, ())
            if slot.required and not ids:
                yield Diagnostic(
                    "slot_empty", f"{node.label} needs a {slot.accepts} in its slot {slot.name!r}", node.id, slot.name
                )
            if len(ids) > 1 and not slot.many:
                text = f"The slot {slot.name!r} of {node.label} takes one {slot.accepts}, and {len(ids)} fill it"
                yield Diagnostic("slot_overfull", text, node.id, slot.name, related=ids)


def helpers_are_used(graph: Graph) -> Iterator[Diagnostic]:
    beginning = {edge.source for edge in graph.helper_edges if edge.target in graph.all_nodes}
    for node in graph.helpers.values():
        if node.id not in beginning and not node.settings.disabled:
            text = f"What {node.label} gives is used by no step"
            yield Diagnostic("unused_output", text, node.id, severity="warning")


def helpers_end_at_steps(graph: Graph) -> Iterator[Diagnostic]:
    """Helpers may stand beside helpers, so many levels deep, and never beside themselves."""
    successors: dict[str, list[str]] = {node_id: [] for node_id in graph.helpers}
    for edge in graph.helper_edges:
        if edge.source in successors and edge.target in successors:
            successors[edge.source].append(edge.target)
    order, left = topological(graph.helpers, successors)
    for cycle in cycles_in(left, successors):
        names = ", ".join(graph.helpers[node_id].label for node_id in cycle)
        yield Diagnostic("dag_cycle", f"These helpers form a cycle: {names}", cycle[0], related=cycle)
    depth = dict.fromkeys(order, 1)
    for node_id in reversed(order):
        depth[node_id] = 1 + max((depth.get(target, 0) for target in successors[node_id]), default=0)
        if depth[node_id] == MOST_DEEP + 1:
            text = (
                f"{graph.helpers[node_id].label} stands beside more than {MOST_DEEP - 1} helpers, one beside the other"
            )
            yield Diagnostic("helper_too_deep", text, node_id)


def models_are_asked_by_tools(graph: Graph) -> Iterator[Diagnostic]:
    """`$fromAI` has somebody to ask in a tool alone; there, one key means one thing."""
    for node in graph.all_nodes.values():
        if node.template is None or not node.template.asked:
            continue
        if node.id not in graph.helpers or gives_of(node) != TOOL:
            text = f"$fromAI asks a model, and {node.label} is no tool of one"
            for field in dict.fromkeys(field for field, _ in node.template.asked):
                yield Diagnostic("expression_syntax", text, node.id, dotted(field))
            continue
        for field, key in conflicts(node):
            text = f"$fromAI asks for {key!r} elsewhere with another type, description or default"
            yield Diagnostic("tool_argument_conflict", text, node.id, dotted(field))

"""One round of the loops around a node, as a graph without loops: to run that node alone."""

from __future__ import annotations

from typing import Any

from compiler.definition import Definition, NodeSpec
from compiler.plan import Plan
from compiler.slots import served


def straightened(definition: Definition, plan: Plan, node_id: str) -> Definition:
    """Return the way to a node of a loop's body: each loop around it hands on what it is given, nothing comes back.

    Labels stay, so that expressions still find what is before the node.
    """
    loops = set(plan.home[node_id])
    kept = _with_helpers(plan, _before(plan, node_id))
    nodes = [_as_step(node) if node.id in loops else node for node in definition.nodes if node.id in kept]
    edges = [
        edge.model_copy(update={"sourceHandle": "main"}) if edge.source in loops else edge
        for edge in definition.edges
        if edge.source in kept
        and edge.target in kept
        and not _returns(plan, edge.source, edge.target)
        and (edge.source not in loops or edge.sourceHandle == "loop")
    ]
    # A new one: a copy would keep the hash of the old.
    return Definition(
        nodes=tuple(nodes), edges=tuple(edges), viewport=definition.viewport, settings=definition.settings
    )


def _before(plan: Plan, node_id: str) -> set[str]:
    """Return a node and what lies before it, in its loops and around them."""
    found, waiting = {node_id}, [node_id]
    while waiting:
        current = waiting.pop()
        for edge in plan.graph.incoming[current]:
            if edge.source not in found and edge.source in plan.home and not _returns(plan, edge.source, current):
                found.add(edge.source)
                waiting.append(edge.source)
    return found


def _with_helpers(plan: Plan, steps: set[str]) -> set[str]:
    """Return steps and the helpers that serve one of them."""
    return steps | {helper for helper, of in served(plan.graph).items() if of & steps}


def _returns(plan: Plan, source: str, target: str) -> bool:
    return target in plan.home.get(source, ())


def _as_step(node: NodeSpec) -> NodeSpec:
    data: dict[str, Any] = {"params": {}, "version": 1, "settings": {}, "credentials": {}}
    return node.model_copy(update={"type": "no_op", "data": node.data.model_copy(update=data)})

"""Rules about calls: of other workflows, and of this one from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.diagnostics import Diagnostic
from compiler.graph import CallableWorkflow, Graph, Node
from nodes.calling import CalledType


def called_workflows_are_there(graph: Graph) -> Iterator[Diagnostic]:
    """A workflow that is gone and one that is somebody else's read the same."""
    known = graph.tables.workflows
    for node_id, param, workflow_id in graph.called() if known is not None else ():
        field = f"params.{param}"
        found = (known or {}).get(workflow_id)
        if workflow_id == graph.tables.workflow_id:
            continue  # the next rule says so
        if found is None:
            yield Diagnostic("subworkflow_missing", "This workflow does not exist, or is not deployed", node_id, field)
        elif found.problem:
            yield Diagnostic("subworkflow_missing", f"{found.name} cannot run: {found.problem}", node_id, field)


def the_error_workflow_is_there(graph: Graph) -> Iterator[Diagnostic]:
    if problem := graph.tables.error_workflow_problem:
        text = f"Nothing will follow a failure: {problem}"
        yield Diagnostic("error_workflow_missing", text, None, "settings.error_workflow_id", severity="warning")


def no_workflow_reaches_itself(graph: Graph) -> Iterator[Diagnostic]:
    known, own = graph.tables.workflows, graph.tables.workflow_id
    for node_id, param, workflow_id in graph.called() if known is not None else ():
        way = _way_round(workflow_id, own, known or {}, ())
        if way:
            names = " → ".join(name for name in way)
            yield Diagnostic("subworkflow_recursion", f"The workflow calls itself: {names}", node_id, f"params.{param}")


def _way_round(
    workflow_id: str, own: str | None, known: Mapping[str, CallableWorkflow], walked: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names on a way that leads to the workflow itself, or to one it passed before."""
    name = known[workflow_id].name if workflow_id in known else "this workflow"
    if workflow_id == own or workflow_id in walked:
        return (name,)
    if workflow_id not in known:
        return ()
    for called in known[workflow_id].calls:
        way = _way_round(called, own, known, (*walked, workflow_id))
        if way:
            return (name, *way)
    return ()


def calls_are_not_too_deep(graph: Graph) -> Iterator[Diagnostic]:
    known, most = graph.tables.workflows, graph.settings.max_nesting_depth
    for node_id, param, workflow_id in graph.called() if known is not None else ():
        depth = _depth(workflow_id, known or {}, most + 2)
        if depth > most and not _way_round(workflow_id, graph.tables.workflow_id, known or {}, ()):
            text = f"The calls go {depth} deep; deeper than {most} they leave by the error output"
            yield Diagnostic("nesting_too_deep", text, node_id, f"params.{param}", severity="warning")


def _depth(workflow_id: str, known: Mapping[str, CallableWorkflow], left: int) -> int:
    if left <= 0 or workflow_id not in known:
        return 1
    return 1 + max((_depth(called, known, left - 1) for called in known[workflow_id].calls), default=0)


def answers_reach_callers(graph: Graph) -> Iterator[Diagnostic]:
    """A node that answers does so for a trigger that waits for it, and a trigger that waits has one that can."""
    for trigger in (graph.nodes[node_id] for node_id in graph.triggers):
        if isinstance(trigger.type, CalledType):
            below = sorted(graph.reachable(trigger.id))
            yield from _answers(
                trigger, trigger.type, [node for node_id in below if _can_answer(node := graph.nodes[node_id])]
            )


def _can_answer(node: Node) -> bool:
    return node.type is not None and node.type.answers and not node.settings.disabled


def _answers(trigger: Node, called: CalledType[Any], answering: list[Node]) -> Iterator[Diagnostic]:
    waits, ids = called.answers_by_node(trigger.params), tuple(node.id for node in answering)
    field = called.answer_param and f"params.{called.answer_param}"
    if answering and not waits:
        text = f"{trigger.label} does not wait for {answering[0].label}: its answer reaches nobody"
        yield Diagnostic("answer_unused", text, trigger.id, field, related=ids, severity="warning")
    elif waits and not answering:
        text = f"{trigger.label} waits for a node that answers, and none is there: each call gets an error"
        yield Diagnostic("answer_missing", text, trigger.id, field, severity="warning")

"""Rules about workflows that call others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.diagnostics import Diagnostic
from compiler.graph import CallableWorkflow, Graph


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

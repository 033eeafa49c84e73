"""The rules a graph must keep: one rule, one function; all findings are reported at once."""

from __future__ import annotations

from compiler.checks import calls, edges, expressions, helpers, loops, nodes, structure
from compiler.diagnostics import CompilationFailed, Diagnostic, in_order
from compiler.graph import Graph, with_findings

STRUCTURE = (
    structure.something_is_there,
    structure.a_trigger_is_there,
    structure.labels_are_unique,
    edges.edges_lead_somewhere,
    edges.handles_exist,
    edges.kinds_of_data_match,
    edges.cases_lead_somewhere,
    structure.no_cycles,
    loops.bodies_are_closed,
    loops.results_come_back,
    loops.paths_can_be_stored,
    structure.every_node_can_run,
    helpers.helpers_fit_slots,
    helpers.slots_are_filled,
    helpers.helpers_are_used,
    helpers.helpers_end_at_steps,
)
NODES = (
    nodes.types_are_known,
    nodes.params_fit,
    nodes.loops_are_limited,
    nodes.queues_can_take_nodes,
    nodes.disabled_nodes_are_named,
    nodes.deprecated_types_are_named,
    nodes.types_have_hints,
    expressions.named_nodes_precede,
    expressions.paths_resolve,
    calls.answers_reach_callers,
    helpers.models_are_asked_by_tools,
)
TABLES = (
    nodes.settings_act,
    nodes.credentials_are_there,
    nodes.credentials_fit_addresses,
    nodes.credentials_go_where_their_author_says,
    nodes.people_can_answer,
    calls.called_workflows_are_there,
    calls.the_error_workflow_is_there,
    calls.no_workflow_reaches_itself,
    calls.calls_are_not_too_deep,
)


def own_findings(graph: Graph) -> tuple[Diagnostic, ...]:
    """Return every finding that needs nothing but the graph, errors first."""
    return in_order({*graph.findings, *(finding for rule in (*STRUCTURE, *NODES) for finding in rule(graph))})


def findings_by_tables(graph: Graph) -> tuple[Diagnostic, ...]:
    """Return the findings a graph has, and those that its tables add, errors first."""
    return in_order({*graph.findings, *(finding for rule in TABLES for finding in rule(graph))})


def findings(graph: Graph) -> tuple[Diagnostic, ...]:
    """Return every finding, errors first."""
    return findings_by_tables(with_findings(graph, own_findings(graph)))


def without_errors(graph: Graph) -> Graph:
    """Return a graph whose findings are warnings. Raises: CompilationFailed, holding every problem at once."""
    errors = sum(finding.severity == "error" for finding in graph.findings)
    if errors:
        raise CompilationFailed(
            f"The workflow has {errors} problem{'s' if errors > 1 else ''}", diagnostics=graph.findings
        )
    return graph

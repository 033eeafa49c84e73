"""Which workflows a workflow calls: what the compiler asks, and what a run is given when its root starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from compiler.compiler import default_entry
from compiler.definition import Definition
from compiler.diagnostics import InvalidDefinition
from compiler.graph import CallableWorkflow, Graph, Node, Tables, link
from core.access.reach import of_account
from core.models import User
from credentials import services as credentials
from executor.domain.claimed import SubWorkflow
from executor.verbs import executions
from nodes.calling import AsTool
from nodes.registry import builtin_catalogue
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.models import Workflow

MOST = 200  # workflows that one can reach


@dataclass(frozen=True, slots=True)
class Called:
    """A workflow that is called, in the version a run of this mode uses."""

    workflow: Workflow
    version: int | None
    definition: Definition
    graph: Graph


def ids_in(definition: Definition) -> list[str]:
    """Return the ids of the workflows a definition calls itself."""
    return [workflow_id for _, _, workflow_id in link(definition, builtin_catalogue()).called()]


def reached(*, owner_id: UUID, called: Iterable[str], production: bool) -> dict[str, Called]:
    """Return all workflows that are called from these on, by id; those that are not there are left out."""
    found: dict[str, Called] = {}
    seen: set[str] = set()
    waiting = list(called)
    while waiting and len(seen) < MOST:
        workflow_id = waiting.pop()
        if workflow_id in seen:
            continue
        seen.add(workflow_id)
        one = _called(owner_id, workflow_id, production)
        if one is not None:
            found[workflow_id] = one
            waiting.extend(next_id for _, _, next_id in one.graph.called())
    return found


def _called(owner_id: UUID, workflow_id: str, production: bool) -> Called | None:
    try:
        workflow = Workflow.objects.filter(of_account(owner_id), pk=UUID(workflow_id), is_deleted=False).first()
        if workflow is None or (production and workflow.deployed_version is None):
            return None
        definition, version = selectors.definition_for(workflow, "deployed" if production else "current")
    except (ValueError, InvalidDefinition):
        return None
    number = version.number if version is not None else None
    return Called(workflow, number, definition, link(definition, selectors.catalogue_of(owner_id, definition)))


def tables_for(
    owner_id: UUID, definition: Definition, workflow: Workflow | None = None, *, production: bool = False
) -> Tables:
    """Gather what a compile of a definition needs from tables. Raises: TooManyCompilations."""
    called = reached(owner_id=owner_id, called=ids_in(definition), production=production)
    with admission.one_turn(owner_id):
        workflows = {workflow_id: _callable(owner_id, one) for workflow_id, one in called.items()}
    return Tables(
        credential_types=credentials.types_of(owner_id=owner_id),
        credential_hosts=credentials.hosts_named(owner_id=owner_id, ids=_beside_addresses(definition)),
        workflows=workflows,
        workflow_id=str(workflow.pk) if workflow is not None else None,
        error_workflow_problem=_problem_of_error_workflow(owner_id, definition.settings.get("error_workflow_id")),
        people=_active(link(definition, builtin_catalogue()).people()),
    )


def _beside_addresses(definition: Definition) -> set[str]:
    """Return the credentials of nodes whose address is written out."""
    nodes = [node.data for node in definition.nodes if isinstance(url := node.data.params.get("url"), str) and url]
    return {str(one) for data in nodes for one in data.credentials.values() if one}


def _problem_of_error_workflow(owner_id: UUID, workflow_id: Any) -> str:
    """Return why a failure would start nothing; one that is gone and one that is somebody else's read the same."""
    if workflow_id is None:
        return ""
    try:
        is_there = Workflow.objects.filter(of_account(owner_id), pk=UUID(str(workflow_id)), is_deleted=False).exists()
    except ValueError:
        is_there = False
    return "" if is_there else "the error workflow does not exist"


def _active(named: Iterable[str]) -> frozenset[str]:
    """Return which of these are the ids of accounts that are switched on."""
    ids = list(named)
    rows = User.objects.filter(pk__in=ids, is_active=True).values_list("pk", flat=True) if ids else ()
    return frozenset(map(str, rows))


def _callable(owner_id: UUID, one: Called) -> CallableWorkflow:
    calls = tuple(next_id for _, _, next_id in one.graph.called())
    return CallableWorkflow(one.workflow.name, calls, _problem(owner_id, one.definition))


def _problem(owner_id: UUID, definition: Definition) -> str:
    errors = [found for found in admission.validated(owner_id, definition) if found.severity == "error"]
    return f"it has {len(errors)} problem{'s' if len(errors) > 1 else ''}" if errors else ""


def _asked(trigger: Node) -> Mapping[str, Any]:
    """Return the JSON Schema of what a trigger is given, where it takes arguments as they are."""
    found = trigger.type
    if isinstance(found, AsTool) and type(found).tool_input is AsTool.tool_input:
        return found.tool_schema(trigger.params)
    return {"type": "object"}


def fixed_for_run(*, owner_id: UUID, called: Iterable[str], production: bool) -> dict[str, SubWorkflow]:
    """Return what a run is told of its sub-workflows: their definitions as they are now, by workflow id."""
    made: dict[str, SubWorkflow] = {}
    for workflow_id, one in reached(owner_id=owner_id, called=called, production=production).items():
        if not one.graph.triggers:
            continue
        entry = default_entry(one.graph)
        definition_hash, layout_hash = executions.store_definition(one.definition)
        made[workflow_id] = {
            "workflow_id": workflow_id,
            "workflow_name": one.workflow.name,
            "version": one.version,
            "definition_hash": definition_hash,
            "layout_hash": layout_hash,
            "trigger_node_id": entry,
            "total": len(one.graph.reachable(entry)),
            "input_schema": _asked(one.graph.nodes[entry]),
        }
    return made

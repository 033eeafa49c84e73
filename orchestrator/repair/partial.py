"""Partial runs: one node, up to a node, from a node on; with data given, pinned, or known from earlier runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from compiler.definition import Definition
from compiler.graph import Graph
from compiler.plan import Plan
from core.access import reach
from core.access.roles import Role, RoleRequired
from core.errors import Conflict, Invalid
from core.json import canonical
from core.models import User
from executor import selectors as runs
from executor.models import Execution, NodeRun
from executor.run.restoring import whole_outputs
from executor.verbs.executions import Started
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.models import Workflow, WorkflowVersion
from orchestrator.repair.loop_rounds import straightened
from orchestrator.sharing import accepted, guarding
from orchestrator.starting import start_steps
from orchestrator.starting.starting import replayed, scope_for

Outputs = Mapping[str, Any]


class InputsUnknown(Conflict):
    code = "inputs_unknown"


@dataclass(frozen=True, slots=True)
class PartialRequest:
    """A partial run as a caller asks for it."""

    node_id: str
    direction: str = "only"
    inputs: Mapping[str, Any] | None = None
    pinned: Mapping[str, Outputs] = field(default_factory=dict[str, Outputs])
    base_execution_id: UUID | None = None
    definition: Mapping[str, Any] | None = None
    idempotency_key: str | None = None


@admission.atomic
def start_partial(*, actor: User, workflow_id: UUID, request: PartialRequest, now: datetime) -> Started:
    """Run a part of a workflow. Raises: Missing, WorkflowArchived, Invalid, CompilationFailed, InputsUnknown."""
    asked = {name: value for name, value in asdict(request).items() if name != "idempotency_key"}
    request_hash = hashlib.sha256(canonical({**asked, "base_execution_id": str(request.base_execution_id)})).hexdigest()
    scope = scope_for(actor.pk, "partial", workflow_id, request.idempotency_key, now)
    if (known_run := replayed(actor, scope, request_hash)) is not None:
        return known_run
    workflow = start_steps.workflow_for_run(actor, workflow_id, needs=Role.RUNNER)
    definition, version = _definition(workflow, request)
    _check_role(actor, workflow, request, definition)
    only_of = None if guarding.may_plant(actor=actor, row=workflow, definition=definition) else definition.hash
    plan = _plan(workflow, definition, request.node_id)
    home = plan.home[request.node_id]
    if home:
        if request.direction != "only":
            raise Invalid(
                "In the body of a loop a node runs alone, or with its loop.", field="node_id", reason="in_loop"
            )
        definition, version = straightened(definition, plan, request.node_id), None
        plan = _plan(workflow, definition, request.node_id)
    wanted = _wanted(plan, request)
    known = _Known(actor, workflow, request, frozenset(home), only_of)
    pinned = {
        node_id: outputs for node_id in plan.root.order if node_id not in wanted and (outputs := known.of(node_id))
    }
    pinned |= {node_id: outputs for node_id, outputs in known.pins.items() if node_id in wanted - {request.node_id}}
    inputs: dict[str, Any] = {request.node_id: dict(request.inputs)} if request.inputs else {}
    if request.node_id != plan.entry and not inputs and request.direction != "to":
        _check_inputs(plan, request.node_id, pinned)
    return start_steps.start_run(
        start_steps.of_definition(workflow, definition, plan, version, production=False),
        input=known.trigger_input(plan.entry),
        now=now,
        total=len(wanted),
        mode="partial",
        started_by_id=actor.pk,
        pinned=pinned,
        partial={"nodes": sorted(wanted), "inputs": inputs},
        idempotency_key=request.idempotency_key,
        idempotency_scope=scope,
        request_hash=request_hash,
    )


def _definition(workflow: Workflow, request: PartialRequest) -> tuple[Definition, WorkflowVersion | None]:
    if request.definition is not None:
        return admission.read_posted(workflow.owner_id, dict(request.definition)), None
    return selectors.definition_for(workflow, "current")


def _check_role(actor: User, workflow: Workflow, request: PartialRequest, definition: Definition) -> None:
    """Check what somebody brings along that the workflow does not hold. Raises: RoleRequired, CredentialGuarded.

    Who only runs a workflow runs it from its start: else he would choose what comes out of an approval.
    """
    brings = request.definition is not None or request.inputs or request.pinned or request.base_execution_id
    if (brings or request.direction != "to") and not reach.may(actor, workflow, Role.EDITOR):
        raise RoleRequired(needs=Role.EDITOR, has=Role.RUNNER)
    if request.definition is not None:
        before = accepted.fields_of(workflow)
        guarding.check_change(actor=actor, workflow=workflow, before=before, after={**before, **request.definition})
    if request.inputs or request.pinned or request.base_execution_id:
        guarding.check_data(actor=actor, row=workflow, definition=definition)


def _plan(workflow: Workflow, definition: Definition, node_id: str) -> Plan:
    """Return the plan of the first trigger that reaches the node. Raises: Invalid, CompilationFailed."""
    graph: Graph = start_steps.compiled_for(workflow.owner_id, definition, workflow=workflow).graph
    if node_id in graph.helpers:
        raise Invalid("A helper has no turn of its own: run the step that it helps.", field="node_id", reason="no_step")
    if node_id not in graph.nodes:
        raise Invalid("There is no such node.", field="node_id", reason="unknown_node")
    entry = next((trigger for trigger in graph.triggers if node_id in graph.reachable(trigger)), None)
    if entry is None:
        raise Invalid("No trigger leads to this node.", field="node_id", reason="unknown_node")
    return admission.compiled(workflow.owner_id, definition, entry=entry)[0].plan


def _wanted(plan: Plan, request: PartialRequest) -> set[str]:
    """Return the nodes of the root that run."""
    precedes, node_id = plan.root.reach.precedes, request.node_id
    if request.direction == "to":
        return {node_id, *(one for one in plan.root.order if precedes(one, node_id))}
    if request.direction == "from":
        return {node_id, *(one for one in plan.root.order if precedes(node_id, one))}
    return {node_id}


def _check_inputs(plan: Plan, node_id: str, pinned: Mapping[str, Outputs]) -> None:
    """Raises: InputsUnknown where none of the node's sources has data."""
    edges = plan.incoming[node_id]
    if not any(pinned.get(edge.source, {}).get(edge.source_handle) for edge in edges):
        sources = sorted({plan.graph.nodes[edge.source].label for edge in edges})
        raise InputsUnknown(
            f"Nothing is known of what comes from {', '.join(sources)}: run the nodes before, pin data or give inputs",
            node_ids=sorted({edge.source for edge in edges}),
        )


class _Known:
    """What is known of nodes' outputs: given, pinned, of the base run, of the newest run that has them."""

    def __init__(
        self, actor: User, workflow: Workflow, request: PartialRequest, loops: frozenset[str], only_of: str | None
    ) -> None:
        """`only_of`: runs of this definition alone count, since others can be of a graph that somebody changed."""
        self.loops = loops  # those that stand for one of their rounds
        self.pins: dict[str, Outputs] = {**workflow.pinned_data, **request.pinned}
        base = request.base_execution_id
        self.base = runs.execution_for(actor, base, needs=Role.VIEWER) if base else None
        newest = Execution.objects.filter(workflow_id=workflow.pk).order_by("-created_at")
        newest = newest if only_of is None else newest.filter(definition_hash=only_of)
        found = list(newest.values_list("pk", "mode", "owner_id")[:20])
        self.recent = [pk for pk, _, _ in found]
        self.partial = [pk for pk, mode, _ in found if mode == "partial"]
        self.accounts = {pk: account for pk, _, account in found}  # whose files hold their large values
        if self.base is not None:
            self.accounts[self.base.pk] = self.base.owner_id

    def of(self, node_id: str) -> Outputs | None:
        if node_id in self.pins:
            return self.pins[node_id]
        rows = NodeRun.objects.filter(node_id=node_id, status__in=["completed", "failed"]).order_by("-started_at")
        rows = rows.exclude(runs.STEPS)
        rows = rows.exclude(reused=True, execution_id__in=self.partial)  # what they were given, they do not know
        if not self.loops:
            rows = rows.filter(path="")
        if node_id in self.loops:  # the row of a round holds what the round was given
            rows = rows.filter(Q(path=f"{node_id}:0") | Q(path__endswith=f"/{node_id}:0"))
        for execution_ids in [[self.base.pk] if self.base is not None else [], self.recent]:
            found = rows.filter(execution_id__in=execution_ids).first()
            if found is not None:
                outputs: Outputs = whole_outputs(found, self.accounts[found.execution_id])
                return {"main": outputs.get("loop", [])} if node_id in self.loops else outputs
        return None

    def trigger_input(self, entry: str) -> Any:
        """Return the input of the trigger: of its pinned items, of the base run, of the newest, or an empty one."""
        pinned = self.pins.get(entry, {}).get("main")
        if pinned:
            return [item.get("json", {}) for item in pinned]
        ids = [self.base.pk] if self.base is not None else self.recent[:1]
        found = Execution.objects.filter(pk__in=ids, trigger_node_id=entry).first()
        return found.input if found is not None else {}

"""A workflow's runs before they start: what a run takes from its workflow, whoever starts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compiler.definition import Definition
from compiler.plan import Plan
from executor import services as executions
from executor.services import NewRun
from orchestrator.models import Workflow, WorkflowVersion
from orchestrator.services.calls import fixed_for_run, ids_in


def run_of(
    workflow: Workflow, definition: Definition, plan: Plan, *, version: int | None, production: bool, **more: Any
) -> NewRun:
    """Return a run of a definition, which is stored; `more` are fields of `NewRun` and win."""
    definition_hash, layout_hash = executions.store_definition(definition)
    taken: dict[str, Any] = {
        "owner_id": workflow.owner_id,
        "workflow_id": workflow.pk,
        "workflow_name": workflow.name,
        "definition_hash": definition_hash,
        "layout_hash": layout_hash,
        "trigger_node_id": plan.entry,
        "total": plan.total,
        "version": version,
        "mode": "production" if production else "manual",
        "sub_workflows": fixed_for_run(owner_id=workflow.owner_id, called=ids_in(definition), production=production),
    }
    return NewRun(**{**taken, **more})


def deployed_run(
    workflow: Workflow, version: WorkflowVersion, *, node_id: str, total: int, calls: Sequence[str], **more: Any
) -> NewRun:
    """Return a run of the deployed version by one of its triggers; `more` are fields of `NewRun`."""
    return NewRun(
        owner_id=workflow.owner_id,
        workflow_id=workflow.pk,
        workflow_name=workflow.name,
        definition_hash=version.definition_hash,
        layout_hash=version.layout_hash,
        trigger_node_id=node_id,
        total=total,
        version=version.number,
        mode="production",
        sub_workflows=fixed_for_run(owner_id=workflow.owner_id, called=calls, production=True) if calls else {},
        **more,
    )

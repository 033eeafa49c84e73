"""A workflow's runs before they start: what a run takes from its workflow, whoever starts it.

Runs that people make to try something (tests, partial runs) wait for no limit; all others do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from compiler.definition import Definition
from compiler.plan import Plan
from executor.domain.new_run import NewRun
from executor.verbs import executions
from orchestrator.models import Workflow, WorkflowVersion
from orchestrator.starting.limits import queueing_of
from orchestrator.starting.sub_workflows import fixed_for_run, ids_in


def run_of(
    workflow: Workflow, definition: Definition, plan: Plan, *, version: int | None, production: bool, **more: Any
) -> NewRun:
    """Return a run of a definition, which is stored; `more` are fields of `NewRun`, `input` among them, and win."""
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
        "error_workflow_id": error_workflow_of(workflow.settings),
        "sub_workflows": fixed_for_run(owner_id=workflow.owner_id, called=ids_in(definition), production=production),
    }
    if more.get("mode") not in ("test", "partial"):
        taken |= queueing_of(workflow_id=workflow.pk, settings=workflow.settings, value=more["input"])
    return NewRun(**{**taken, **more})


def error_workflow_of(settings: Mapping[str, Any]) -> UUID | None:
    """Return which workflow is started if a run fails, as its workflow says it now."""
    try:
        return UUID(str(settings.get("error_workflow_id")))
    except ValueError:
        return None


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
        error_workflow_id=error_workflow_of(workflow.settings),
        sub_workflows=fixed_for_run(owner_id=workflow.owner_id, called=calls, production=True) if calls else {},
        **{**queueing_of(workflow_id=workflow.pk, settings=workflow.settings, value=more["input"]), **more},
    )

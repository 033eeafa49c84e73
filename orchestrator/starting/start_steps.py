"""The steps of every start, whoever asks for it: a person, a call, a trigger's moment, a repair, a test.

compile, or find what is deployed ─▶ Runnable ─▶ start_run: what it calls, what it waits for, its rows

Runs below others are begun by the node that starts them, in the executor, with what their root was given here.
Runs that people make to try something (tests, partial runs) wait for no limit; all others do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from compiler.compiler import Compiled
from compiler.definition import Definition
from compiler.plan import Plan
from core.access.roles import Role
from core.errors import Conflict
from core.models import User
from executor.domain.new_run import NewRun
from executor.verbs import executions
from executor.verbs.executions import Started
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.compiling.sub_workflows import fixed_for_run, ids_in, tables_for
from orchestrator.errors import WorkflowArchived
from orchestrator.models import Workflow, WorkflowVersion
from orchestrator.starting.call import Call
from orchestrator.starting.limits import queueing_of

TRIALS = ("test", "partial")


class AccountOff(Conflict):
    """The account that a run would be of is switched off."""

    code = "account_inactive"


@dataclass(frozen=True, slots=True)
class Runnable:
    """What a run is of: a stored definition, the trigger it enters by, and the workflow whose it is."""

    owner_id: UUID
    workflow_id: UUID | None
    workflow_name: str
    definition_hash: str
    layout_hash: str
    entry: str
    total: int
    version: int | None
    production: bool
    calls: Sequence[str] = ()  # ids of the workflows that it calls itself
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])  # of its workflow
    was_found_active: bool = False  # its account, in the statement that found it


def workflow_for_run(actor: User, workflow_id: UUID, *, needs: Role) -> Workflow:
    """Return a workflow that somebody may start. Raises: Missing, RoleRequired, WorkflowArchived."""
    workflow = selectors.workflow_for(actor, workflow_id, needs=needs)
    if workflow.status == Workflow.Status.ARCHIVED:
        raise WorkflowArchived("The workflow is archived")
    return workflow


def compiled_for(
    owner_id: UUID, definition: Definition, *, workflow: Workflow | None = None, entry: str | None = None,
    production: bool = False,
) -> Compiled:  # fmt: skip
    """Return a definition compiled and checked as its owner's. Raises: CompilationFailed, TooManyCompilations."""
    with admission.one_turn(owner_id):
        tables = tables_for(owner_id, definition, workflow, production=production)
        return admission.compiled(owner_id, definition, tables, entry=entry)[0]


def of_definition(
    workflow: Workflow, definition: Definition, plan: Plan, version: WorkflowVersion | None, *, production: bool
) -> Runnable:
    """Return a workflow's definition as what is run; it is stored."""
    definition_hash, layout_hash = executions.store_definition(definition)
    return Runnable(
        workflow.owner_id, workflow.pk, workflow.name, definition_hash, layout_hash, plan.entry, plan.total,
        version.number if version is not None else None, production, ids_in(definition), workflow.settings,
    )  # fmt: skip


def of_deployed(workflow: Workflow, *, node_id: str, total: int, calls: Sequence[str]) -> Runnable | None:
    """Return the deployed version as what one of its triggers runs; None where there is none any more."""
    version = WorkflowVersion.objects.filter(workflow=workflow, number=workflow.deployed_version or 0).first()
    if version is None:
        return None
    return Runnable(
        workflow.owner_id, workflow.pk, workflow.name, version.definition_hash, version.layout_hash, node_id, total,
        version.number, True, calls, workflow.settings,
    )  # fmt: skip


def of_call(call: Call) -> Runnable:
    """Return what a call of a deployed trigger runs: all of it was found with the trigger."""
    return Runnable(
        call.owner_id, call.workflow_id, call.workflow_name, *call.hashes, call.node_id, call.total, call.version,
        True, call.calls, call.settings, was_found_active=True,
    )  # fmt: skip


def check_account(owner_id: UUID) -> None:
    """Refuse to start a run, or let one go on, on an account that is switched off. Raises: AccountOff."""
    if User.objects.filter(pk=owner_id, is_active=False).exists():
        raise AccountOff("The account that this would run on is switched off")


def start_run(of: Runnable, *, input: Any, now: datetime, **more: Any) -> Started:
    """Queue a run; `more` are other fields of `NewRun`, and win over what its workflow says.

    Raises: AccountOff, Invalid, IdempotencyKeyReused, CreditsExhausted.
    """
    if not of.was_found_active:
        check_account(of.owner_id)
    taken: dict[str, Any] = {
        "mode": "production" if of.production else "manual",
        "error_workflow_id": _error_workflow_of(of.settings),
    }
    if of.calls and "sub_workflows" not in more:
        taken["sub_workflows"] = fixed_for_run(owner_id=of.owner_id, called=of.calls, production=of.production)
    if of.workflow_id is not None and more.get("mode") not in TRIALS:
        taken |= queueing_of(workflow_id=of.workflow_id, settings=of.settings, value=input)
    run = NewRun(
        owner_id=of.owner_id, workflow_id=of.workflow_id, workflow_name=of.workflow_name,
        definition_hash=of.definition_hash, layout_hash=of.layout_hash, trigger_node_id=of.entry, input=input,
        version=of.version, **{"total": of.total, **taken, **more},
    )  # fmt: skip
    return executions.start(run=run, now=now)


def _error_workflow_of(settings: Mapping[str, Any]) -> UUID | None:
    """Return which workflow is started if a run fails, as its workflow says it now."""
    try:
        return UUID(str(settings.get("error_workflow_id")))
    except ValueError:
        return None

"""Putting a version into service and taking it out."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from compiler.definition import read
from core.access.roles import Role
from core.errors import Conflict
from core.models import User
from credentials import services as credentials
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.compiling.sub_workflows import tables_for
from orchestrator.errors import WorkflowArchived
from orchestrator.models import Workflow
from orchestrator.sharing import guarding
from orchestrator.testing import kept_runs
from orchestrator.triggers import registering
from orchestrator.workflows import saving


class TestRequired(Conflict):
    __test__ = False  # not a test class, whatever its name says
    code = "test_required"


@admission.atomic
def deploy(*, actor: User, workflow_id: UUID, number: int | None, revision: int | None) -> Workflow:
    """Put a version into service in one step; the newest is the working copy, which becomes a version if none holds it.

    Raises: Missing, Stale, WorkflowArchived, CompilationFailed, TestRequired, WebhookPathTaken, CredentialGuarded,
    WorkflowGuarded, TableGuarded.
    """
    workflow = saving.locked(actor, workflow_id, revision, needs=Role.EDITOR)
    if workflow.status == Workflow.Status.ARCHIVED:
        raise WorkflowArchived("The workflow is archived")
    version = (
        saving.held_version(workflow=workflow, actor=actor)
        if number is None
        else selectors.version_of(workflow, number)
    )
    definition = read(selectors.document_of_version(version))
    guarding.check_version(actor=actor, workflow=workflow, definition=definition)
    with admission.one_turn(workflow.owner_id):
        tables = tables_for(workflow.owner_id, definition, workflow, production=True)
        graph = admission.checked(workflow.owner_id, definition, tables)
    if workflow.settings.get("require_test") and not kept_runs.are_green(workflow, version.definition_hash):
        raise TestRequired("This workflow asks for passed tests of this definition before it is deployed")
    totals = {trigger: len(graph.reachable(trigger)) for trigger in graph.triggers}
    registering.register(workflow=workflow, definition=definition, totals=totals, now=timezone.now())
    uses = [
        (node.id, slot, value) for node in definition.nodes for slot, value in node.data.credentials.items() if value
    ]
    credentials.note_uses(workflow_id=workflow.pk, owner_id=workflow.owner_id, uses=uses, is_deployed=True)
    workflow.deployed_version, workflow.deployed_hash = version.number, version.definition_hash
    workflow.status = Workflow.Status.ACTIVE
    return saving.changed(workflow)


@transaction.atomic
def undeploy(*, actor: User, workflow_id: UUID) -> Workflow:
    """Take a workflow out of service; what runs goes on. Not deployed: nothing changes."""
    workflow = selectors.workflow_for(actor, workflow_id, needs=Role.EDITOR, lock=True)
    if workflow.deployed_version is None:
        return workflow
    registering.unregister(workflow)
    credentials.note_uses(workflow_id=workflow.pk, owner_id=workflow.owner_id, uses=[], is_deployed=True)
    workflow.deployed_version = workflow.deployed_hash = None
    workflow.status = Workflow.Status.PAUSED
    return saving.changed(workflow)

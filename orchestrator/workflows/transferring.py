"""Handing a workflow over to a collaborator: it, what starts it, and from then on what its runs cost are his.

Runs that are under way end on the account they began on. Credentials stay whose they are: where the new owner may not
use one, compiling says so.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from compiler.definition import Definition, read
from compiler.graph import link
from core.access.roles import Role, check_shared_editing
from core.datastore import tables
from core.errors import Invalid
from core.models import Collaborator, User
from credentials import services as credentials
from orchestrator import selectors
from orchestrator.models import Listener, Workflow
from orchestrator.sharing import collaborators
from orchestrator.triggers import registering
from orchestrator.workflows import saving


@transaction.atomic
def transfer(*, actor: User, workflow_id: UUID, collaborator_id: UUID, now: datetime) -> Workflow:
    """Make a collaborator the owner; the old one stays as an editor.

    Raises: Missing, RoleRequired, SharedEditingOff, Invalid where the invitation is open, NameTaken, WebhookPathTaken.
    """
    workflow = selectors.workflow_for(actor, workflow_id, lock=True)
    check_shared_editing("A workflow cannot be handed over")
    row = collaborators.collaborator_of(workflow, collaborator_id, lock=True)
    heir = None
    if row.accepted_at is not None and row.user_id is not None:
        heir = User.objects.filter(pk=row.user_id, is_active=True).first()
    if heir is None:
        raise Invalid("Only who has accepted can be made the owner.", field="collaborator_id", reason="not_accepted")
    Collaborator.objects.filter(pk=row.pk).update(role=Role.OWNER)
    Collaborator.objects.update_or_create(
        workflow_id=workflow.pk, user_id=actor.pk,
        defaults={"role": Role.EDITOR, "accepted_at": now},
        create_defaults={
            "email": actor.email.lower(), "role": Role.EDITOR, "accepted_at": now, "created_at": now, "mailed_at": now,
            "invited_by_id": actor.pk, "secret_hash": "",
        },
    )  # fmt: skip
    registering.unregister(
        workflow
    )  # in the old owner's name: what it is registered with is taken away with his credentials
    Listener.objects.filter(workflow=workflow).delete()
    workflow.owner_id = heir.pk
    tables.hand_over(workflow_id=workflow.pk, owner_id=heir.pk)
    if workflow.deployed_version is not None:
        _into_service(workflow, now)
    _note_credentials(workflow)
    collaborators.note(actor, workflow, "transfer", {"owner_id": [str(actor.pk), str(heir.pk)]}, now)
    try:
        moved = saving.changed(workflow)
    except saving.NameTaken as exc:
        raise saving.NameTaken(f"The new owner has a workflow called {workflow.name!r} already") from exc
    moved.my_role = Role.EDITOR  # as the actor sees it from now on
    return moved


def _into_service(workflow: Workflow, now: datetime) -> None:
    """Put the triggers of a workflow in service into service again, as its new owner's. Raises: WebhookPathTaken."""
    definition, _ = selectors.definition_for(workflow, "deployed")
    graph = link(definition, selectors.catalogue_of(workflow.owner_id, definition))
    totals = {trigger: len(graph.reachable(trigger)) for trigger in graph.triggers}
    registering.register(workflow=workflow, definition=definition, totals=totals, now=now)


def _note_credentials(workflow: Workflow) -> None:
    current = read(selectors.document_of(workflow))
    served = selectors.definition_for(workflow, "deployed")[0] if workflow.deployed_version is not None else None
    for definition, is_deployed in ((current, False), (served, True)):
        uses = _uses(definition) if definition is not None else []
        credentials.note_uses(workflow_id=workflow.pk, owner_id=workflow.owner_id, uses=uses, is_deployed=is_deployed)


def _uses(definition: Definition) -> list[tuple[str, str, str]]:
    return [
        (node.id, slot, value) for node in definition.nodes for slot, value in node.data.credentials.items() if value
    ]

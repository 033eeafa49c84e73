"""A workflow that changes hands: it, what starts it, and from then on what its runs cost are its new owner's.

He has accepted an offer (`orchestrator.sharing.offers`); all that stands against it is looked at now. Runs that are
under way end on the account they began on. Credentials stay whose they are: where the new owner may not use one,
compiling says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import transaction

from compiler.definition import Definition, read
from compiler.graph import link
from core.access import reach
from core.access.roles import Role, check_shared_editing
from core.datastore import conversations, tables
from core.errors import Missing
from core.models import Collaborator, User
from credentials import services as credentials
from credentials import variables
from orchestrator import selectors
from orchestrator.models import Listener, TransferOffer, Workflow
from orchestrator.sharing import collaborators, offers
from orchestrator.triggers import registering
from orchestrator.workflows import saving


@transaction.atomic
def accept(
    *, actor: User, offer_id: UUID, now: datetime, seen: Mapping[str, int | None] = MappingProxyType({})
) -> UUID:
    """Take a workflow over that was offered; its old owner stays as an editor. Returns the workflow.

    `seen`: the `revision` and `deployed_version` that the new owner looked at; left out: those that were offered.
    Raises: Missing, OfferChanged, SharedEditingOff, NameTaken, WebhookPathTaken, TooManyTables, TablesTooLarge.
    """
    offer = offers.offer_to(actor, offer_id, now)
    check_shared_editing("A workflow cannot be handed over")
    workflow = Workflow.objects.select_for_update().filter(pk=offer.workflow_id, is_deleted=False).first()
    stands = TransferOffer.objects.select_for_update().filter(pk=offer.pk).exists()
    if workflow is None or not stands or not reach.is_of_account(offer.owner_id, workflow):
        raise Missing("There is no such offer, or not any more")
    row = offers.accepted_role(workflow, actor)
    offers.check_unchanged(offer, workflow, seen)
    TransferOffer.objects.filter(pk=offer.pk).delete()
    _change_roles(workflow, offer, row, now)
    into_hands(workflow, actor, now)
    collaborators.note(actor, workflow, "transfer", {"owner_id": [str(offer.owner_id), str(actor.pk)]}, now)
    try:
        saving.changed(workflow)
    except saving.NameTaken as exc:
        raise saving.NameTaken(f"You have a workflow called {workflow.name!r} already; rename yours first") from exc
    offers.tell_owner(offer, actor, "owns the workflow {name} now. You work on it as an editor.")
    return workflow.pk


def _change_roles(workflow: Workflow, offer: TransferOffer, row: Collaborator, now: datetime) -> None:
    """Make a collaborator the owner, and the old owner an editor."""
    Collaborator.objects.filter(pk=row.pk).update(role=Role.OWNER)
    old = User.objects.get(pk=offer.owner_id)
    Collaborator.objects.update_or_create(
        workflow_id=workflow.pk, user_id=old.pk,
        defaults={"role": Role.EDITOR, "accepted_at": now},
        create_defaults={
            "email": old.email.lower(), "role": Role.EDITOR, "accepted_at": now, "created_at": now, "mailed_at": now,
            "invited_by_id": old.pk, "secret_hash": "",
        },
    )  # fmt: skip


def into_hands(workflow: Workflow, heir: User, now: datetime) -> None:
    """Let a workflow, what starts it and what it keeps be somebody's; it is not saved yet. Raises: WebhookPathTaken."""
    # In the old owner's name: what it is registered with is taken away with his credentials.
    registering.unregister(workflow)
    Listener.objects.filter(workflow=workflow).delete()
    TransferOffer.objects.filter(workflow=workflow).delete()  # its old owner's to make, whoever had it
    workflow.owner_id, workflow.owners_document = heir.pk, None  # what he accepted, or was given, counts as his own
    tables.hand_over(workflow_id=workflow.pk, owner_id=heir.pk)
    conversations.hand_over(workflow_id=workflow.pk, owner_id=heir.pk)
    variables.hand_over(workflow_id=workflow.pk, owner_id=heir.pk)
    if workflow.deployed_version is not None:
        _into_service(workflow, now)
    _note_credentials(workflow)


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

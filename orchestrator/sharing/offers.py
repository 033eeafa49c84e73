"""Offers to hand a workflow over: made by its owner to a collaborator, who accepts or refuses within a week.

Until one is accepted (`orchestrator.workflows.transferring`) nothing moves and nothing runs on the other account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.access import reach
from core.access.roles import check_shared_editing
from core.errors import Conflict, Invalid, Missing, Stale
from core.mail import mailing
from core.models import AuditEntry, Collaborator, User
from core.values.lines import unlinked
from credentials import services as credentials
from orchestrator import selectors
from orchestrator.models import TransferOffer, Workflow
from orchestrator.sharing import collaborators

OPEN_FOR = timedelta(days=7)
MAIL_AGAIN = timedelta(hours=1)  # about one workflow, however often an offer is taken back and made again


class AlreadyOffered(Conflict):
    """Somebody else has an open offer of this workflow."""

    code = "already_offered"


class OfferChanged(Stale):
    """The workflow is not any more what was offered, or what its heir looked at."""

    code = "offer_changed"


@transaction.atomic
def offer(
    *, actor: User, workflow_id: UUID, collaborator_id: UUID, page_url: str, now: datetime
) -> tuple[TransferOffer, bool]:
    """Offer a workflow to a collaborator; returns (offer, whether it is new). The same offer again stays as it is.

    Raises: Missing, RoleRequired, SharedEditingOff, AlreadyOffered, Invalid where the invitation is open.
    """
    workflow = selectors.workflow_for(actor, workflow_id, lock=True)
    check_shared_editing("A workflow cannot be handed over")
    row = collaborators.collaborator_of(workflow, collaborator_id, lock=True)
    heir = heir_of(row)
    if heir is None:
        raise Invalid("Only who has accepted can be made the owner.", field="collaborator_id", reason="not_accepted")
    found = _open(now).filter(workflow=workflow).first()
    if found is not None and found.heir_id != heir.pk:
        raise AlreadyOffered("This workflow is offered to somebody else; take that back first", offer_id=str(found.pk))
    if found is not None:
        return found, False
    TransferOffer.objects.filter(workflow=workflow).delete()  # one that ran out
    made = TransferOffer.objects.create(
        workflow=workflow, owner_id=workflow.owner_id, heir_id=heir.pk, created_at=now, expires_at=now + OPEN_FOR,
        revision=workflow.revision, deployed_version=workflow.deployed_version,
    )  # fmt: skip
    if not _noted(workflow, "offer", now - MAIL_AGAIN):
        who, name = unlinked(actor.name) or actor.email, unlinked(workflow.name)
        mailing.post(
            owner_id=actor.pk, to=heir.email, subject=f"{who} offers you the workflow {name}",
            text=f"{who} ({actor.email}) would like to make you the owner of the workflow {name}.\n\n"
            "If you accept, it runs on your account, with your credits and limits. Until then nothing changes.\n\n"
            f"Accept or decline here until {made.expires_at:%d %B %Y}: {page_url}\n",
        )  # fmt: skip
    collaborators.note(actor, workflow, "offer", {"heir_id": [None, str(heir.pk)]}, now)
    return made, True


def _noted(workflow: Workflow, what: str, since: datetime) -> bool:
    lately = AuditEntry.objects.filter(object_type="workflow", object_id=str(workflow.pk), at__gt=since)
    return lately.filter(action=f"workflow.share.{what}").exists()


def heir_of(row: Collaborator) -> User | None:
    """Return who can be made the owner: whoever has accepted, and whose account is active."""
    if row.accepted_at is None or row.user_id is None or not row.role:
        return None
    return User.objects.filter(pk=row.user_id, is_active=True).first()


def _open(now: datetime) -> QuerySet[TransferOffer]:
    there = TransferOffer.objects.filter(expires_at__gt=now, workflow__is_deleted=False).select_related("workflow")
    return there.defer(*(f"workflow__{name}" for name in selectors.LARGE))


def of_workflow(*, actor: User, workflow_id: UUID, now: datetime) -> TransferOffer:
    """Return the open offer of a workflow, for its owner. Raises: Missing, RoleRequired."""
    workflow = selectors.workflow_for(actor, workflow_id)
    found = _open(now).filter(workflow=workflow).first()
    if found is None:
        raise Missing("This workflow is offered to nobody")
    return found


@transaction.atomic
def take_back(*, actor: User, workflow_id: UUID, now: datetime) -> None:
    """Take an open offer back. Raises: Missing, RoleRequired."""
    workflow = selectors.workflow_for(actor, workflow_id, lock=True)
    found = of_workflow(actor=actor, workflow_id=workflow_id, now=now)
    collaborators.note(actor, workflow, "offer_taken_back", {"heir_id": [str(found.heir_id), None]}, now)
    found.delete()


def offers_to(actor: User, now: datetime) -> QuerySet[TransferOffer]:
    """Return the open offers to a user, the newest first."""
    return _open(now).filter(heir_id=actor.pk).order_by("-created_at", "-pk")


def offer_to(actor: User, offer_id: UUID, now: datetime) -> TransferOffer:
    """Return an open offer to a user. Raises: Missing."""
    found = offers_to(actor, now).filter(pk=offer_id).first()
    if found is None:
        raise Missing("There is no such offer, or not any more")
    return found


@transaction.atomic
def decline(*, actor: User, offer_id: UUID, now: datetime) -> None:
    """Refuse an offer; the owner is told. Raises: Missing."""
    found = offer_to(actor, offer_id, now)
    TransferOffer.objects.filter(pk=found.pk).delete()
    collaborators.note(actor, found.workflow, "offer_declined", {"heir_id": [str(actor.pk), None]}, now)
    tell_owner(found, actor, "does not want to own the workflow {name}. It stays yours.")


def tell_owner(offer: TransferOffer, heir: User, text: str) -> None:
    """Mail who made an offer what became of it."""
    owner = User.objects.filter(pk=offer.owner_id, is_active=True).first()
    if owner is not None:
        who, name = unlinked(heir.name) or heir.email, unlinked(offer.workflow.name)
        said = f"{who} ({heir.email}) {text.format(name=name)}"
        mailing.post(owner_id=owner.pk, to=owner.email, subject=f"About the workflow {name}", text=f"{said}\n")


def shown(rows: list[TransferOffer]) -> list[dict[str, Any]]:
    """Return offers with what is offered, by whom and to whom, and what to know before they are accepted."""
    people = selectors.people_by_id([one for row in rows for one in (row.owner_id, row.heir_id)])
    return [
        {
            "id": row.pk, "created_at": row.created_at, "expires_at": row.expires_at,
            "offered_by": people.get(row.owner_id), "offered_to": people.get(row.heir_id),
            "workflow": {"id": row.workflow_id, "name": row.workflow.name, "description": row.workflow.description,
                         "icon": row.workflow.icon, "color": row.workflow.color},
            "is_deployed": row.workflow.deployed_version is not None, "problems": _problems(row),
            "revision": row.workflow.revision, "deployed_version": row.workflow.deployed_version,
        }
        for row in rows
    ]  # fmt: skip


def _problems(row: TransferOffer) -> list[dict[str, str]]:
    """Return what stands against a handover (`name_taken`), and what its heir lacks (`missing_credentials`)."""
    found: list[dict[str, str]] = []
    same = Workflow.objects.filter(reach.of_account(row.heir_id), name=row.workflow.name, is_deleted=False)
    if same.exists():
        found.append({"code": "name_taken", "message": f"The new owner has a workflow called {row.workflow.name!r}."})
    lacking = credentials.used_without(owner_id=row.heir_id, workflow_id=row.workflow_id)
    if lacking:
        message = f"The new owner may not use {lacking} of its credentials; nodes fail until they are lent or replaced."
        found.append({"code": "missing_credentials", "message": message})
    return found


def check_unchanged(offer: TransferOffer, workflow: Workflow, seen: Mapping[str, int | None]) -> None:
    """Check that a workflow, locked, is what its heir looked at; what he does not say is as it was offered.

    Raises: OfferChanged.
    """
    wanted = {"revision": offer.revision, "deployed_version": offer.deployed_version, **seen}
    if any(getattr(workflow, name) != value for name, value in wanted.items()):
        raise OfferChanged(
            "The workflow was changed after it was offered to you. Look at it again, then accept it as it is now",
            revision=workflow.revision, deployed_version=workflow.deployed_version,
        )  # fmt: skip


def accepted_role(workflow: Workflow, heir: User) -> Collaborator:
    """Return the row of who accepts, locked. Raises: Missing where he works on the workflow no more."""
    row = collaborators.collaborators_of(workflow).select_for_update().filter(user_id=heir.pk).first()
    if row is None or heir_of(row) is None:
        raise Missing("There is no such offer, or not any more")
    return row

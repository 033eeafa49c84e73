"""Invitations as the invited see them: which there are, accepting, declining."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.access import reach
from core.access.roles import in_force
from core.errors import Forbidden, Missing
from core.models import Collaborator, User
from orchestrator import selectors
from orchestrator.models import Workflow
from orchestrator.sharing import collaborators
from orchestrator.sharing.collaborators import digest_of


class NotInvited(Forbidden):
    """The link is for another address than that of who is signed in."""

    code = "not_addressee"


def invitations_of(actor: User) -> QuerySet[Collaborator]:
    """Return the open invitations of a user: to his account and to his address, once mails there have reached him."""
    if actor.email_verified_at is None:
        return Collaborator.objects.none()  # anybody may register an address; the mail's link shows that it is his
    mine = Q(user_id=actor.pk) | Q(user_id=None, email=actor.email.lower())
    there = Workflow.objects.filter(pk=OuterRef("workflow_id"), is_deleted=False)
    return Collaborator.objects.filter(mine, Exists(there), accepted_at=None).order_by("-created_at", "-pk")


def shown(rows: list[Collaborator]) -> list[dict[str, Any]]:
    """Return invitations with what is shared and by whom, read at once."""
    found = Workflow.objects.filter(pk__in=[row.workflow_id for row in rows]).only(
        "name", "description", "icon", "color"
    )
    workflows = {row.pk: row for row in found}
    people = selectors.people_by_id([row.invited_by_id for row in rows])
    return [
        {
            "id": row.pk, "role": in_force(row.role), "created_at": row.created_at,
            "invited_by": people.get(row.invited_by_id),
            "workflow": {"id": row.workflow_id, "name": workflows[row.workflow_id].name,
                         "description": workflows[row.workflow_id].description,
                         "icon": workflows[row.workflow_id].icon, "color": workflows[row.workflow_id].color},
        }
        for row in rows
        if row.workflow_id in workflows
    ]  # fmt: skip


@transaction.atomic
def accept(*, actor: User, invitation_id: UUID, now: datetime) -> UUID:
    """Take up an invitation; returns the workflow. Raises: Missing."""
    return _accept(actor, _own(actor, invitation_id), now)


@transaction.atomic
def decline(*, actor: User, invitation_id: UUID) -> None:
    """Refuse an invitation. Raises: Missing."""
    _own(actor, invitation_id).delete()


@transaction.atomic
def open_by_link(*, actor: User, token: str, now: datetime) -> Collaborator:
    """Return the invitation of a mail's link, which shows that mails to the address reach the actor.

    Raises: Missing, NotInvited.
    """
    name, _, secret = token.partition(".")
    known = _id(name)
    rows = Collaborator.objects.select_for_update().filter(accepted_at=None)
    row = rows.filter(pk=known).first() if known is not None else None
    if row is None or not hmac.compare_digest(row.secret_hash, digest_of(secret)):
        raise Missing("There is no such invitation, or not any more")
    if row.email != actor.email.lower():
        raise NotInvited("This invitation is for another address; sign in with that one")
    if actor.email_verified_at is None:
        User.objects.filter(pk=actor.pk).update(email_verified_at=now)
        actor.email_verified_at = now
    return row


def _own(actor: User, invitation_id: UUID) -> Collaborator:
    row = invitations_of(actor).select_for_update(of=("self",)).filter(pk=invitation_id).first()
    if row is None:
        raise Missing("There is no such invitation")
    return row


def _accept(actor: User, row: Collaborator, now: datetime) -> UUID:
    workflow = Workflow.objects.get(pk=row.workflow_id)
    others = Collaborator.objects.filter(workflow_id=row.workflow_id, user_id=actor.pk).exclude(pk=row.pk)
    if reach.is_of_account(actor.pk, workflow) or others.filter(accepted_at__isnull=False).exclude(role="").exists():
        row.delete()  # he has a role already
        return workflow.pk
    others.delete()
    row.user_id, row.accepted_at = actor.pk, now
    row.save(update_fields=["user_id", "accepted_at"])
    collaborators.note(actor, workflow, "accept", {"role": [None, row.role]}, now)
    return workflow.pk


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

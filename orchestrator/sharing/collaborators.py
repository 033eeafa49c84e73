"""Who works on a workflow beside its owner: inviting, changing roles, leaving.

An address that an account has shown to be its own when it is invited is that account's; for another one the invitation
waits until somebody shows that mails to it reach him. Nothing that an owner is told says which of the two it is.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.access.roles import Role, check_shared_editing
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.models import AuditEntry, Collaborator, User
from credentials import services as credentials
from executor.models import Execution
from orchestrator import selectors
from orchestrator.models import TransferOffer, Workflow
from orchestrator.sharing import mails

MOST_OF_WORKFLOW = 100
MOST_PENDING = 200  # of one inviter: mails that somebody else chooses the readers of
MAIL_AGAIN = timedelta(hours=1)
MOST_AN_HOUR = 60  # of one inviter, also of those that he took back since


class AlreadyCollaborator(Conflict):
    code = "already_collaborator"


class TooManyCollaborators(Conflict):
    code = "too_many_collaborators"


def collaborators_of(workflow: Workflow) -> QuerySet[Collaborator]:
    """Return who has a role by name, or is invited, the owner left out, as they came."""
    rows = Collaborator.objects.filter(workflow_id=workflow.pk).exclude(role__in=["", Role.OWNER])
    return rows.order_by("created_at", "pk")


def collaborator_of(workflow: Workflow, collaborator_id: UUID, *, lock: bool = False) -> Collaborator:
    """Return a collaborator of a workflow. Raises: Missing."""
    rows = collaborators_of(workflow)
    found = (rows.select_for_update() if lock else rows).filter(pk=collaborator_id).first()
    if found is None:
        raise Missing("There is no such collaborator")
    return found


@transaction.atomic
def invite(
    *, actor: User, workflow_id: UUID, email: str, role: Role, page_url: str, now: datetime
) -> tuple[Collaborator, bool]:
    """Invite somebody by e-mail address; returns (invitation, whether it is new). An open one takes the new role.

    Raises: Missing, RoleRequired, AddressUnverified, SharedEditingOff, Invalid, AlreadyCollaborator,
    TooManyCollaborators.
    """
    workflow = selectors.workflow_for(actor, workflow_id, lock=True)
    mails.check_sender(actor)
    _check_role(role)
    email = email.strip().lower()
    if email == actor.email.lower():
        raise Invalid("You own this workflow.", field="email", reason="own_address")
    row = Collaborator.objects.filter(workflow_id=workflow.pk, email=email).first()
    if row is not None and row.accepted_at is not None and row.role:
        raise AlreadyCollaborator("This address is a collaborator already", collaborator_id=str(row.pk))
    is_new = row is None or not row.role
    if row is None:
        _check_room(actor, workflow, now)
        row = Collaborator(workflow_id=workflow.pk, email=email, created_at=now, mailed_at=now - MAIL_AGAIN)
        user = User.objects.of_address(email).filter(is_active=True, email_verified_at__isnull=False).first()
        row.user_id = user.pk if user is not None else None
    row.role, row.invited_by_id = role, actor.pk
    if row.accepted_at is None and now - row.mailed_at >= MAIL_AGAIN:
        _mail(row, actor, workflow, page_url, now)
    row.save()
    note(actor, workflow, "invite", {"email": [None, email], "role": [None, str(role)]}, now)
    return row, is_new


def warnings_of(workflow: Workflow) -> list[dict[str, Any]]:
    """Return what an owner should know before somebody edits his workflow: `{code, message, credential_ids}`."""
    found = credentials.unbounded_uses(owner_id=workflow.owner_id, workflow_id=workflow.pk).get(workflow.pk, set())
    if not found:
        return []
    message = (
        "This workflow uses credentials that name no hosts. An editor uses them without reading them, and may not "
        "change their nodes; who means harm may find a way to send them elsewhere. Say which hosts they are for."
    )
    return [{"code": "unbound_credentials", "message": message, "credential_ids": sorted(found)}]


def _check_role(role: Role) -> None:
    if role is Role.EDITOR:
        check_shared_editing("Nobody can be made an editor")


def _check_room(actor: User, workflow: Workflow, now: datetime) -> None:
    lately = AuditEntry.objects.filter(owner_id=actor.pk, at__gt=now - MAIL_AGAIN, action="workflow.share.invite")
    if lately.count() >= MOST_AN_HOUR:
        raise TooManyCollaborators(f"You may invite {MOST_AN_HOUR} times an hour", most=MOST_AN_HOUR)
    if Collaborator.objects.filter(workflow_id=workflow.pk).count() >= MOST_OF_WORKFLOW:
        raise TooManyCollaborators(f"A workflow has at most {MOST_OF_WORKFLOW} collaborators", most=MOST_OF_WORKFLOW)
    if Collaborator.objects.filter(invited_by_id=actor.pk, accepted_at=None).count() >= MOST_PENDING:
        raise TooManyCollaborators(
            f"{MOST_PENDING} of your invitations are open; wait until some are answered", most=MOST_PENDING
        )


def _mail(row: Collaborator, actor: User, workflow: Workflow, page_url: str, now: datetime) -> None:
    """Mail an invitation where its address is not mailed too often; nothing that the inviter is told depends on it."""
    secret = secrets.token_urlsafe(24)
    if mails.invite(actor=actor, workflow=workflow, row=row, link=f"{page_url}#token={row.pk}.{secret}"):
        row.secret_hash, row.mailed_at = digest_of(secret), now
    elif not row.secret_hash:
        row.secret_hash = digest_of(secret)  # of a link that nobody has


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def change_role(*, actor: User, workflow_id: UUID, collaborator_id: UUID, role: Role, now: datetime) -> Collaborator:
    """Give a collaborator another role, at once. Raises: Missing, RoleRequired, SharedEditingOff."""
    workflow = selectors.workflow_for(actor, workflow_id, lock=True)
    _check_role(role)
    row = collaborator_of(workflow, collaborator_id, lock=True)
    if row.role != role:
        note(actor, workflow, "role", {"email": [row.email, row.email], "role": [row.role, str(role)]}, now)
        row.role = role
        row.save(update_fields=["role"])
    return row


@transaction.atomic
def remove(*, actor: User, workflow_id: UUID, collaborator_id: UUID, now: datetime) -> None:
    """Take a role or an invitation away, at once; anybody may give up his own. Raises: Missing, RoleRequired."""
    workflow = selectors.workflow_for(actor, workflow_id, needs=Role.VIEWER, lock=True)
    own = Collaborator.objects.filter(workflow_id=workflow.pk, user_id=actor.pk, pk=collaborator_id)
    if not own.exists():
        selectors.workflow_for(actor, workflow_id)
    row = collaborator_of(workflow, collaborator_id, lock=True)
    _take(row)
    note(actor, workflow, "remove", {"email": [row.email, None], "role": [row.role, None]}, now)


@transaction.atomic
def leave(*, actor: User, workflow_id: UUID, now: datetime) -> None:
    """Give up one's own role. Raises: Missing, Forbidden for the owner."""
    workflow = selectors.workflow_for(actor, workflow_id, needs=Role.VIEWER, lock=True)
    row = collaborators_of(workflow).select_for_update().filter(user_id=actor.pk).first()
    if row is None:
        raise Forbidden("An owner cannot leave; hand the workflow over first")
    _take(row)
    note(actor, workflow, "leave", {"role": [row.role, None]}, now)


def _take(row: Collaborator) -> None:
    """Take a role; whose account once ran the workflow keeps a row that says that nothing of it is his any more."""
    if row.user_id is not None:
        TransferOffer.objects.filter(workflow_id=row.workflow_id, heir_id=row.user_id).delete()
    ran = row.user_id is not None and Execution.objects.filter(workflow_id=row.workflow_id, owner_id=row.user_id)
    if ran and ran.exists():
        Collaborator.objects.filter(pk=row.pk).update(role="")
    else:
        Collaborator.objects.filter(pk=row.pk).delete()


def close(workflow: Workflow) -> None:
    """Take all roles on a workflow that is deleted; its runs stay its owner's."""
    for row in collaborators_of(workflow):
        _take(row)


def note(actor: User, workflow: Workflow, what: str, changes: dict[str, list[str | None]], now: datetime) -> None:
    """Write down who shared what with whom."""
    AuditEntry.objects.create(
        at=now, user_id=actor.pk, owner_id=workflow.owner_id, action=f"workflow.share.{what}", object_type="workflow",
        object_id=str(workflow.pk), changes=changes,
    )  # fmt: skip

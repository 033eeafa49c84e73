"""Lending a credential: others use it in their workflows, and never see what is in it.

Somebody who may use a credential chooses what is called with it. So one that would go to any host cannot be lent: its
borrower would send it to himself.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from core.access import reach
from core.errors import Invalid, Missing
from core.models import User
from credentials import access
from credentials.access import Visitor
from credentials.models import Credential, CredentialShare
from credentials.services import is_bounded


@transaction.atomic
def share(*, credential: Credential, visitor: Visitor, email: str) -> CredentialShare:
    """Let somebody use a credential; again changes nothing. Raises: Invalid.

    An account that has not shown that its address is its own is as unknown as none.
    """
    locked = Credential.objects.select_for_update().get(pk=credential.pk)
    if not is_bounded(locked):
        raise Invalid("Say first which hosts it is for, in `allowed_hosts`.", field="data.allowed_hosts")
    user = User.objects.of_address(email).filter(is_active=True, email_verified_at__isnull=False).first()
    if user is None or reach.is_of_account(user.pk, credential):
        raise Invalid("Nobody else here has this address, and has shown that mails to it reach him.", field="email")
    made, is_new = CredentialShare.objects.get_or_create(credential=locked, user_id=user.pk)
    if is_new:
        access.note("share", locked, visitor)
    return made


def take_back(*, credential: Credential, visitor: Visitor, user_id: UUID) -> None:
    """End a share; runs that begin a node with it from now on are refused. Raises: Missing."""
    if not credential.shares.filter(user_id=user_id).delete()[0]:
        raise Missing("It is not shared with this user")
    access.note("share", credential, visitor)

"""Which credentials somebody may use, and which are his."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.access import reach
from core.errors import Missing
from credentials import access
from credentials.access import Visitor
from credentials.models import Credential, CredentialShare

EXPIRING = timedelta(days=3)


def usable_by(user_id: UUID) -> QuerySet[Credential]:
    """Return the credentials of a user and those shared with him."""
    shared = CredentialShare.objects.filter(credential=OuterRef("pk"), user_id=user_id)
    return Credential.objects.filter(reach.of_account(user_id) | Q(Exists(shared)))


def may_use(credential: Credential, user_id: UUID) -> bool:
    return reach.is_of_account(user_id, credential) or credential.shares.filter(user_id=user_id).exists()


def find(*, credential_id: UUID, visitor: Visitor, own: bool = True) -> Credential:
    """Return a credential of this visitor, or with `own` off one he may use. Raises: Missing; the log notes a try."""
    credential = Credential.objects.filter(pk=credential_id).first()
    if credential is None or visitor.user_id is None:
        raise Missing("There is no such credential")
    if not reach.is_of_account(visitor.user_id, credential) and (own or not may_use(credential, visitor.user_id)):
        access.note("denied", credential, visitor)
        raise Missing("There is no such credential")
    return credential


def health_of(credential: Credential, now: datetime) -> str:
    """Return how a credential stands: ok, unverified, expiring, expired or failing."""
    if credential.last_error:
        return "failing"
    ends = credential.token_expires_at
    renews = "refresh_token" in credential.sealed or credential.data.get("grant") == "client_credentials"
    if ends is not None and not renews:
        if ends <= now:
            return "expired"
        if ends <= now + EXPIRING:
            return "expiring"
    return "ok" if credential.verified else "unverified"

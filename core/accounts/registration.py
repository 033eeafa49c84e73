"""Who may open an account here: everybody, who was invited to a workflow, or nobody.

An installation without staff is set up by a one-time link, which the server prints when it starts: whoever registers by
it is its first superuser.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import connection, transaction

from core.accounts import people
from core.errors import Forbidden
from core.models import Collaborator, OAuthState, User

KIND = "setup_link"
LIVES = timedelta(hours=24)
_SALT = "heddle.setup_link"
REFUSALS = {
    "invite": "Accounts are opened by invitation here; this address has none",
    "closed": "Nobody can open an account here; ask who runs this installation",
}


class RegistrationClosed(Forbidden):
    """This installation does not let this address register."""

    code = "registration_closed"


class SetupLinkInvalid(Forbidden):
    """Not signed by us, used, too old, or there is staff already: the same words for each."""

    code = "setup_link_invalid"


def check_open_to(email: str) -> None:
    """Raises: RegistrationClosed."""
    mode: str = settings.REGISTRATION
    if mode == "open" or (mode == "invite" and is_invited(email)):
        return
    raise RegistrationClosed(REFUSALS[mode], registration=mode)


def is_invited(email: str) -> bool:
    """Whether somebody whose account is switched on invites this address to a workflow."""
    inviting = User.objects.filter(is_active=True).values("pk")
    rows = Collaborator.objects.filter(email=email.strip().lower(), accepted_at=None, invited_by_id__in=inviting)
    return rows.exclude(role="").exists()


@transaction.atomic
def open_account(*, email: str, password: str, name: str = "", setup: str = "", now: datetime) -> User:
    """Make an account for who asks for one; by the link of an installation without staff its first superuser.

    Raises: RegistrationClosed, SetupLinkInvalid, EmailTaken, Invalid.
    """
    if not setup:
        check_open_to(email)
        return people.register(email=email, password=password, name=name)
    with connection.cursor() as cursor:  # of two at once the second one sees the first
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('setup', 0))")
    if has_staff() or not _is_taken(setup, now):
        raise SetupLinkInvalid("This link is not valid, or not any more")
    return people.register(email=email, password=password, name=name, is_staff=True, is_superuser=True)


def has_staff() -> bool:
    return User.objects.filter(is_staff=True, is_active=True).exists()


def setup_link(*, base_url: str, now: datetime) -> str | None:
    """Return a link to set an installation up by; None where somebody has. The token stands in the fragment."""
    if has_staff():
        return None
    nonce = secrets.token_urlsafe(24)
    OAuthState.objects.create(digest=_digest(nonce), kind=KIND, expires_at=now + LIVES)
    return f"{base_url}/app/register#token={signing.dumps(nonce, salt=_SALT)}"


def _is_taken(token: str, now: datetime) -> bool:
    """Use a link up; returns whether it was good."""
    try:
        nonce = str(signing.loads(token, salt=_SALT, max_age=LIVES))
    except signing.BadSignature:
        return False
    rows = OAuthState.objects.filter(digest=_digest(nonce), kind=KIND, expires_at__gt=now)
    return bool(rows.delete()[0])


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()

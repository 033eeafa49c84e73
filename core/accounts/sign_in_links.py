"""One-time links to sign in by, for whoever started the server on this machine: signed, once, ten minutes, loopback."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from datetime import datetime, timedelta

from django.core import signing

from core.errors import NotAuthenticated
from core.models import OAuthState, User

KIND = "sign_in_link"
LIVES = timedelta(minutes=10)
_SALT = "heddle.sign_in_link"


class LinkInvalid(NotAuthenticated):
    """Not signed by us, used, too old, or followed from another machine: the same words for each."""

    code = "token_invalid"


def make(*, user: User, base_url: str, now: datetime) -> str:
    """Return a link. The token stands in the fragment, which no server or log ever sees."""
    nonce = secrets.token_urlsafe(24)
    OAuthState.objects.create(
        digest=_digest(nonce), kind=KIND, payload={"user_id": str(user.pk)}, expires_at=now + LIVES
    )
    return f"{base_url}/app/link#token={signing.dumps(nonce, salt=_SALT)}"


def take(*, token: str, address: str, now: datetime) -> User:
    """Return whom a link is for; it is dead from then on. Raises: LinkInvalid."""
    refused = LinkInvalid("This link is not valid, or not any more")
    if not _is_loopback(address):
        raise refused
    try:
        nonce = str(signing.loads(token, salt=_SALT, max_age=LIVES))
    except signing.BadSignature as exc:
        raise refused from exc
    row = OAuthState.objects.filter(digest=_digest(nonce), kind=KIND, expires_at__gt=now).first()
    if row is None or not OAuthState.objects.filter(pk=row.pk).delete()[0]:
        raise refused
    user = User.objects.filter(pk=row.payload["user_id"], is_active=True).first()
    if user is None:
        raise refused
    return user


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

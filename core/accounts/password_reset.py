"""Password resets by mail: one row of the outbox for any address, so that nothing tells which ones are known."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from core.clock import database_now
from core.errors import Invalid
from core.mail import mailing
from core.models import User
from core.outbox import queue
from core.outbox.kinds import NOBODY, Kind, Later, Outcome, Row, in_thread

KIND = "password_reset"
MOST_AN_HOUR = 3
REST = timedelta(hours=1)


def ask(*, email: str, page_url: str) -> None:
    """Send a one-time token to an address, if there is such a user; three times an hour, further wishes are dropped.

    A row keeps its key for an hour after its mail: that is the count, and an account's is the same however its address
    is spelled. Accounts do not wait for each other's mails, nor for wishes that nothing comes of: those have one owner.
    """
    user_id = User.objects.of_address(email).filter(is_active=True).values_list("pk", flat=True).first()
    whose = str(user_id) if user_id else email.strip().lower()
    digest = hashlib.sha256(whose.encode()).hexdigest()[:40]
    for slot in range(MOST_AN_HOUR):
        asked, key = {"email": email.strip(), "page_url": page_url}, f"{KIND}:{digest}:{slot}"
        if queue.add(KIND, owner_id=user_id or NOBODY, payload=asked, key=key, only_if_new=True):
            return


def _send(row: Row) -> Outcome:
    if row.payload.get("rests"):
        return None
    user = User.objects.of_address(row.payload["email"]).filter(is_active=True).first()
    if user is not None:
        link = link_for(user, page_url=row.payload["page_url"])
        token = link.partition("#token=")[2]
        mailing.send(
            to=user.email, subject="Set a new password for Heddle", message_id=row.id,
            text=f"Somebody asked for a new password for this address.\n\nToken: {token}\n\n{link}\n",
        )  # fmt: skip
    return Later(database_now() + REST, {"rests": True})


def link_for(user: User, *, page_url: str) -> str:
    """Return a link by which a user sets a new password, once."""
    token = f"{urlsafe_base64_encode(force_bytes(user.pk))}.{default_token_generator.make_token(user)}"
    return f"{page_url}#token={token}"


def user_of(token: str) -> User:
    """Return whom a mailed token is for. Raises: Invalid."""
    user_part, _, secret = token.partition(".")
    try:
        user = User.objects.get(pk=force_str(urlsafe_base64_decode(user_part)), is_active=True)
    except (User.DoesNotExist, ValueError, ValidationError) as exc:
        raise Invalid("This token is not valid, or not any more.", field="token") from exc
    if not default_token_generator.check_token(user, secret):
        raise Invalid("This token is not valid, or not any more.", field="token")
    return user


KINDS = (Kind(KIND, "mails", in_thread(_send), pauses_s=(5, 30, 120, 600), limit_s=mailing.LIMIT_S),)

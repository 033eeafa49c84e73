"""Tickets: what a browser shows where it cannot send headers. Signed, short-lived, for one user and one stream."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing

from core.errors import NotAuthenticated
from core.models import User

LIFETIME_S = 60
SALT = "heddle.streaming.ticket"


class TicketInvalid(NotAuthenticated):
    code = "ticket_invalid"


def issue(*, user: User, execution_id: UUID | None, now: datetime) -> tuple[str, datetime]:
    """Return (ticket, when it runs out)."""
    payload = {
        "user": str(user.pk),
        "version": user.token_version,
        "execution": str(execution_id) if execution_id else None,
    }
    return signing.dumps(payload, salt=SALT), now + timedelta(seconds=LIFETIME_S)


def redeem(ticket: str, *, execution_id: UUID | None) -> User:
    """Return whose ticket this is. Raises: TicketInvalid for another stream, another time, another user."""
    try:
        payload = signing.loads(ticket, salt=SALT, max_age=LIFETIME_S)
        user = User.objects.get(pk=payload["user"], is_active=True, token_version=payload["version"])
    except (signing.BadSignature, User.DoesNotExist, KeyError, TypeError, ValueError) as exc:
        raise TicketInvalid("The ticket is not valid, or not any more") from exc
    if payload["execution"] != (str(execution_id) if execution_id else None):
        raise TicketInvalid("The ticket is for another stream")
    return user

"""Tickets: what a browser shows where it cannot send headers. Signed, short-lived, for one user and one stream."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing

from core.accounts.log_ins import LogIn
from core.errors import NotAuthenticated
from core.models import User

LIFETIME_S = 60
SALT = "heddle.streaming.ticket"


class TicketInvalid(NotAuthenticated):
    code = "ticket_invalid"


def issue(*, log_in: LogIn, execution_id: UUID | None, now: datetime) -> tuple[str, datetime]:
    """Return (ticket, when it runs out)."""
    payload = {
        "user": str(log_in.user.pk),
        "version": log_in.user.token_version,
        "key": [str(log_in.key_id), log_in.key_prefix] if log_in.key_id is not None else None,
        "execution": str(execution_id) if execution_id else None,
    }
    return signing.dumps(payload, salt=SALT), now + timedelta(seconds=LIFETIME_S)


def redeem(ticket: str, *, execution_id: UUID | None) -> LogIn:
    """Return the log-in that this ticket was given to.

    Raises: TicketInvalid for another stream, another time, another user, LogInEnded.
    """
    try:
        payload = signing.loads(ticket, salt=SALT, max_age=LIFETIME_S)
        user = User.objects.get(pk=payload["user"], is_active=True, token_version=payload["version"])
        key = payload["key"]
        log_in = LogIn(user) if key is None else LogIn(user, UUID(key[0]), key[1])
    except (signing.BadSignature, User.DoesNotExist, KeyError, TypeError, ValueError) as exc:
        raise TicketInvalid("The ticket is not valid, or not any more") from exc
    if payload["execution"] != (str(execution_id) if execution_id else None):
        raise TicketInvalid("The ticket is for another stream")
    log_in.check()
    return log_in

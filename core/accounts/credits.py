"""Credits: what a run costs, what a tier gets each month."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from core.errors import PaymentNeeded
from core.models import User
from core.values.times import wire_time

MONTHLY = {"free": 1000, "pro": 50_000, "enterprise": 1_000_000}
PRICES_USD = {"free": "0.00", "pro": "29.00", "enterprise": "299.00"}
AT_ONCE = 1000
_NEW, _OVER = "credits_reset_at IS NULL", "credits_reset_at <= %(now)s ORDER BY credits_reset_at"
_RENEW = """
UPDATE core_user SET credits_reset_at = %(next)s,
    credits = CASE WHEN credits_reset_at IS NULL THEN credits ELSE greatest(credits,
        CASE tier WHEN 'enterprise' THEN %(enterprise)s WHEN 'pro' THEN %(pro)s ELSE %(free)s END) END
WHERE id = ANY(ARRAY(SELECT id FROM core_user WHERE <due> LIMIT %(most)s FOR UPDATE SKIP LOCKED))
"""


class CreditsExhausted(PaymentNeeded):
    """A start that no credit is left for."""

    code = "credits_exhausted"


def next_reset(now: datetime) -> datetime:
    """Return the first of the next month, UTC."""
    now = now.astimezone(UTC)
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def balance_of(user: User, now: datetime) -> dict[str, Any]:
    """Return the wire form of a user's credits."""
    return {
        "balance": user.credits,
        "monthly": MONTHLY[user.tier],
        "resets_at": wire_time(user.credits_reset_at or next_reset(now)),
    }


def exhausted(user_id: UUID, now: datetime) -> CreditsExhausted:
    """Return the refusal of a start."""
    user = User.objects.get(pk=user_id)
    shown = balance_of(user, now)
    return CreditsExhausted("No credits are left for this run", balance=shown["balance"], resets_at=shown["resets_at"])


def renew_due(now: datetime) -> int:
    """Fill up those whose month is over to what their tier gets; more than that is kept. Returns how many.

    So many at a time, each time for itself. One that somebody writes at this moment is passed over until the next time.
    """
    asked: dict[str, Any] = {**MONTHLY, "next": next_reset(now), "now": now, "most": AT_ONCE}
    renewed = 0
    for due in (_NEW, _OVER):
        count = AT_ONCE
        while count == AT_ONCE:
            with connection.cursor() as cursor:
                cursor.execute(_RENEW.replace("<due>", due), asked)
                count = cursor.rowcount
            renewed += count
    return renewed

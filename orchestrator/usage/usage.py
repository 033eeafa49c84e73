"""What a user has used: runs, credits, tokens and money by day."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from core.accounts.credits import balance_of
from core.models import User
from core.storage.blob_lifetime import used_bytes
from core.values.times import wire_time
from core.web import rate_limits
from core.web.tiers import LIMITS, Scope
from executor.journal.events import cost_shown
from nodes.usage import Usage

# One row for each day of the span, those without a run too.
DAILY = """
SELECT d.day::date, coalesce(x.runs, 0), coalesce(x.credits, 0), coalesce(x.tokens, 0), coalesce(x.cost_usd, 0)
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d(day)
LEFT JOIN (
    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS runs,
        count(*) FILTER (WHERE parent_execution_id IS NULL) AS credits,
        sum(input_tokens + output_tokens) AS tokens, sum(cost_usd) AS cost_usd
    FROM executor_execution WHERE owner_id = %(owner)s AND created_at >= %(first)s::date AT TIME ZONE 'UTC' GROUP BY 1
) x ON x.day = d.day
ORDER BY d.day
"""
NOTHING_YET = {"ai_calls": 0, "uploads": 0, "chat_messages": 0}


def usage_of(user: User, days: int, now: datetime) -> dict[str, Any]:
    """Return the wire form of a user's usage in the last days, today included."""
    daily = _daily(user.pk, days, now)
    today = {key: value for key, value in daily[-1].items() if key != "date"}
    limits = {scope: _limit(scope, user) for scope in LIMITS}
    storage = {"used_bytes": used_bytes(user.pk), "quota_bytes": settings.STORAGE_QUOTA_BYTES or None}
    return {
        "tier": user.tier,
        "credits": balance_of(user, now),
        "limits": limits,
        "storage": storage,
        "today": today,
        "daily": daily,
    }


def _daily(owner_id: UUID, days: int, now: datetime) -> list[dict[str, Any]]:
    last = now.date()
    with connection.cursor() as cursor:
        cursor.execute(DAILY, {"owner": owner_id, "first": last - timedelta(days=days - 1), "last": last})
        rows = cursor.fetchall()
    return [
        {
            "date": day.isoformat(),
            "executions": runs,
            "credits": spent if settings.PLANS else 0,
            "tokens": int(tokens),
            "cost_usd": cost_shown(Usage(cost_usd=Decimal(cost))),
            **NOTHING_YET,
        }
        for day, runs, spent, tokens, cost in rows
    ]


def _limit(scope: Scope, user: User) -> dict[str, Any]:
    standing = rate_limits.standing(scope, str(user.pk), user.tier) if LIMITS[scope].per_s else None
    limit = LIMITS[scope].of(user.tier) if settings.PLANS else None
    if standing is None:
        return {"limit": limit, "remaining": limit, "reset_at": None}
    reset_at = datetime.fromtimestamp(standing.reset_at, tz=user.created_at.tzinfo)
    return {"limit": limit, "remaining": standing.remaining, "reset_at": wire_time(reset_at)}

"""Counting calls over all processes: one key per scope, caller and span in Redis. Without Redis nobody is refused."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings

from core.redis.counters import COUNTERS
from core.web.tiers import DAY_S, LIMITS, Scope

REFRESHES = 60  # a minute, in every tier


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands: `remaining` calls until `reset_at` (Unix seconds), which is in `left_s`."""

    scope: Scope
    limit: int
    remaining: int
    reset_at: int
    is_over: bool
    left_s: float

    def headers(self) -> dict[str, str]:
        made = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }
        if self.is_over:
            made["Retry-After"] = str(max(math.ceil(self.left_s), 1))  # never more than the span that is counted in
        return made


def limit_of(scope: Scope, tier: str) -> int | None:
    """Return how much a user of a tier may; None: without end, as everybody where there are no plans."""
    return LIMITS[scope].of(tier) if settings.PLANS and settings.RATE_LIMITS else None


def count_open(scope: Scope, network: str) -> Standing | None:
    """Count a call of somebody who is not signed in: that protects the door, whether there are plans or not."""
    limit = LIMITS[scope].free if settings.RATE_LIMITS else None
    return _standing(scope, network, limit, counts=True)


def count_refresh(user_id: UUID) -> Standing | None:
    """Count a refresh by a valid token: a page load is one, and many people may share an address."""
    return _standing("auth", f"refresh:{user_id}", REFRESHES if settings.RATE_LIMITS else None, counts=True)


def count(scope: Scope, who: str, tier: str) -> Standing | None:
    """Count one call of a user; None where there is no limit, or nobody can count."""
    return _standing(scope, who, limit_of(scope, tier), counts=True)


def standing(scope: Scope, who: str, tier: str) -> Standing | None:
    """Tell where a caller stands, without counting."""
    return _standing(scope, who, limit_of(scope, tier), counts=False)


def _standing(scope: Scope, who: str, limit: int | None, *, counts: bool) -> Standing | None:
    if limit is None:
        return None
    span_s = _left_s(LIMITS[scope].per_s)
    found = COUNTERS.read(f"heddle:rate:{scope}:{who}", add=int(counts), lasts_s=span_s)
    if found is None:
        return None
    used, left_s = found
    return Standing(scope, limit, max(limit - used, 0), math.ceil(time.time() + left_s), used > limit, left_s)


def _left_s(per_s: int) -> int:
    """Return how long a span that begins now lasts: days end at midnight UTC."""
    if per_s != DAY_S:
        return per_s
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(int((midnight - now).total_seconds()), 1)

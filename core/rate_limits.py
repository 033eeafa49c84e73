"""Counting calls over all processes: one key per scope, caller and span in Redis. Without Redis nobody is refused."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from core.counters import COUNTERS
from core.tiers import DAY_S, LIMITS, Scope


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands: `remaining` calls until `reset_at` (Unix seconds)."""

    scope: Scope
    limit: int
    remaining: int
    reset_at: int
    is_over: bool

    def headers(self) -> dict[str, str]:
        made = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }
        if self.is_over:
            made["Retry-After"] = str(max(self.reset_at - int(time.time()), 1))
        return made


def count(scope: Scope, who: str, tier: str) -> Standing | None:
    """Count one call; None where there is no limit, or nobody can count."""
    return _standing(scope, who, tier, counts=True)


def standing(scope: Scope, who: str, tier: str) -> Standing | None:
    """Tell where a caller stands, without counting."""
    return _standing(scope, who, tier, counts=False)


def _standing(scope: Scope, who: str, tier: str, *, counts: bool) -> Standing | None:
    limit = LIMITS[scope].of(tier)
    if limit is None or not settings.RATE_LIMITS:
        return None
    span_s = _left_s(LIMITS[scope].per_s)
    found = COUNTERS.read(f"heddle:rate:{scope}:{who}", add=int(counts), lasts_s=span_s)
    if found is None:
        return None
    used, left_s = found
    return Standing(scope, limit, max(limit - used, 0), int(time.time() + left_s) + 1, used > limit)


def _left_s(per_s: int) -> int:
    """Return how long a span that begins now lasts: days end at midnight UTC."""
    if per_s != DAY_S:
        return per_s
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(int((midnight - now).total_seconds()), 1)

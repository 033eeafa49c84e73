"""Short-lived counters in Redis, for what may be forgotten: a caller never waits for a Redis that is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)
LEFT_ALONE_S = 2.0  # after a failure nobody asks again so long


class Counters:
    """One connection pool; None is answered where nobody can count."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
        )
        self._alone_until = 0.0

    def read(self, key: str, *, add: int = 0, lasts_s: int) -> tuple[int, float] | None:
        """Return (count, seconds left) of a counter that lasts `lasts_s` from its first use, after adding to it."""
        if time.monotonic() < self._alone_until:
            return None
        try:
            with self._redis.pipeline() as together:
                if add:
                    together.set(key, 0, ex=lasts_s, nx=True)
                    together.incrby(key, add)
                else:
                    together.get(key)
                together.pttl(key)
                found: list[Any] = together.execute()
        except (RedisError, OSError) as exc:
            self._alone_until = time.monotonic() + LEFT_ALONE_S
            logger.warning("nobody counts, Redis is away: %s", exc)
            return None
        left_ms = int(found[-1])
        return int(found[-2] or 0), left_ms / 1000 if left_ms > 0 else float(lasts_s)

    def count(self, keys: Sequence[str], *, lasts_s: int) -> list[tuple[int, float]] | None:
        """Add one to each of some counters in one round trip; returns (count, seconds left) of each."""
        if time.monotonic() < self._alone_until or not keys:
            return None
        try:
            with self._redis.pipeline() as together:
                for key in keys:
                    together.set(key, 0, ex=lasts_s, nx=True)
                    together.incrby(key, 1)
                    together.pttl(key)
                found: list[Any] = together.execute()
        except (RedisError, OSError) as exc:
            self._alone_until = time.monotonic() + LEFT_ALONE_S
            logger.warning("nobody counts, Redis is away: %s", exc)
            return None
        return [
            (int(used), max(int(left_ms), 0) / 1000) for used, left_ms in zip(found[1::3], found[2::3], strict=True)
        ]

    def forget(self, *keys: str) -> None:
        try:
            self._redis.delete(*keys)
        except (RedisError, OSError) as exc:
            logger.warning("what was counted stays, Redis is away: %s", exc)


COUNTERS = Counters(settings.REDIS_URL)

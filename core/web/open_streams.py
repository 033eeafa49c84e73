"""How many streams a user has open, over all processes: SSE and WebSocket together.

Each open stream is a member of a sorted set that is renewed while it lives; one whose process died is forgotten with
its time. Without Redis nobody is refused.
"""

from __future__ import annotations

import logging
import time
from uuid import UUID

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from core.errors import RateLimited
from core.ids import new_id
from core.models import User
from core.web.rate_limits import limit_of

logger = logging.getLogger(__name__)
LIVES_S = 75
RENEW_S = 30
_redis = redis.Redis.from_url(
    settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
)


class TooManyStreams(RateLimited):
    code = "too_many_streams"


def _key(user_id: UUID) -> str:
    return f"heddle:streams:{user_id}"


def opened(user: User) -> str:
    """Count a stream that is being opened; returns its name. Raises: TooManyStreams."""
    name, limit = str(new_id()), limit_of("streams", user.tier)
    if limit is None and settings.RATE_LIMITS:
        limit = settings.STREAMS_PER_USER
    if limit is None:
        return name
    now = time.time()
    try:
        with _redis.pipeline() as together:
            together.zremrangebyscore(_key(user.pk), 0, now)
            together.zadd(_key(user.pk), {name: now + LIVES_S})
            together.zcard(_key(user.pk))
            together.expire(_key(user.pk), LIVES_S)
            count = int(together.execute()[2])
    except (RedisError, OSError) as exc:
        logger.warning("nobody counts streams, Redis is away: %s", exc)
        return name
    if count > limit:
        closed(user.pk, name)
        raise TooManyStreams(f"At most {limit} streams may be open at once", limit=limit)
    return name


def renewed(user_id: UUID, name: str) -> None:
    """Say that a stream is still open; call it every `RENEW_S`."""
    try:
        with _redis.pipeline() as together:
            together.zadd(_key(user_id), {name: time.time() + LIVES_S}, xx=True)
            together.expire(_key(user_id), LIVES_S)
            together.execute()
    except (RedisError, OSError) as exc:
        logger.warning("a stream is not renewed, Redis is away: %s", exc)


def closed(user_id: UUID, name: str) -> None:
    try:
        _redis.zrem(_key(user_id), name)
    except (RedisError, OSError) as exc:
        logger.warning("a stream is forgotten with its time, Redis is away: %s", exc)

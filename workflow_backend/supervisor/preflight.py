"""Are the servers there? Asked once, before anything starts, so that a wrong URL gives one sentence."""

from __future__ import annotations

import psycopg
import redis
from django.db import connection
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

CONNECT_S = 5


class ServerMissing(RuntimeError):
    """PostgreSQL or Redis does not take us."""


def check_servers(redis_url: str) -> None:
    """Connect to both once. Raises: ServerMissing."""
    settings = connection.settings_dict
    try:
        psycopg.connect(
            host=settings["HOST"], port=settings["PORT"] or 5432, user=settings["USER"], password=settings["PASSWORD"],
            dbname=settings["NAME"], connect_timeout=CONNECT_S,
        ).close()  # fmt: skip
    except psycopg.Error as exc:
        raise ServerMissing(f"the database of DATABASE_URL cannot be reached: {_sentence(exc)}") from exc
    try:
        once = Retry(NoBackoff(), retries=0)
        with redis.Redis.from_url(
            redis_url, socket_connect_timeout=CONNECT_S, socket_timeout=CONNECT_S, retry=once
        ) as client:
            client.ping()
    except (RedisError, OSError) as exc:
        raise ServerMissing(f"the server of REDIS_URL cannot be reached: {_sentence(exc)}") from exc


def _sentence(exc: Exception) -> str:
    return next((line.strip() for line in str(exc).splitlines() if line.strip()), type(exc).__name__)

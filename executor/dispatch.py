"""Hand-over to workers: a message says "look", the row is the queue."""

from __future__ import annotations

import logging
from uuid import UUID

import orjson
import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from core import run_stream

logger = logging.getLogger(__name__)
RUN_EXECUTION = "executor.run_execution"
SWEEP = "executor.sweep"
_redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)


def ring(execution_id: UUID) -> None:
    """Tell a worker of a run. With Redis away the run waits in its row until the sweeper or an engine finds it."""
    try:
        current_app.send_task(
            RUN_EXECUTION, kwargs={"execution_id": str(execution_id)}, queue="workflows", ignore_result=True
        )
    except (OperationalError, RedisError, OSError) as exc:
        logger.warning("execution %s waits in its row, Redis is away: %s", execution_id, exc)


def enqueue_run(execution_id: UUID) -> None:
    """Tell a worker of a run once the transaction is in."""
    transaction.on_commit(lambda: ring(execution_id))


def announce_command(execution_id: UUID) -> None:
    """Tell all engines that a command was set, once the transaction is in."""
    transaction.on_commit(lambda: _publish(run_stream.COMMANDS, execution_id))


def announce_end(execution_id: UUID) -> None:
    """Wake who waits for the end of a run that no worker held."""
    transaction.on_commit(lambda: _publish(run_stream.ENDED, execution_id))


def _publish(channel: str, execution_id: UUID) -> None:
    try:
        _redis.publish(channel, orjson.dumps({"id": str(execution_id)}))
    except (RedisError, OSError) as exc:
        logger.warning("Redis is away, nobody is told: %s", exc)

"""The no-op task that Heddle's runs are compared with; loaded by the workers under measurement only."""

from __future__ import annotations

import redis
from celery import shared_task
from django.conf import settings

_store = redis.Redis.from_url(settings.REDIS_URL)


@shared_task(name="bench.noop", ignore_result=True)
def noop() -> None:
    _store.incr("bench:noop")

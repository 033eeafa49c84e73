"""The environment of a process that works on the test's own database."""

from __future__ import annotations

import os

from django.conf import settings
from django.db import connection


def environment(**more: str) -> dict[str, str]:
    """Return the environment in which a process of ours sees what the test sees."""
    server = settings.DATABASE_URL.rsplit("/", 1)[0]
    name = connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": f"{server}/{name}",
        "REDIS_URL": settings.REDIS_URL,
        "HEDDLE_SANDBOX_AT_START": "off",
        "PYTHONUNBUFFERED": "1",
        **more,
    }

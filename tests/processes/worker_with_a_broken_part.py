"""The application of a real Celery worker whose publisher raises once it holds a run."""

from __future__ import annotations

import asyncio
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")

import django

django.setup()

from executor.journal.publisher import Publisher
from executor.process.worker import THREAD
from workflow_backend.celery import app

__all__ = ["app"]


async def announce(publisher: Publisher) -> None:
    while THREAD.engine is None or THREAD.engine.is_idle:
        await asyncio.sleep(0.05)
    raise RuntimeError("the publisher broke")


setattr(Publisher, "announce", announce)  # noqa: B010 (a sabotage, not an assignment)

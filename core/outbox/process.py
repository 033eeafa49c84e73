"""The outbox inside a Celery worker process: its room is opened and closed with the worker."""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings

from core.outbox.worker import Room

logger = logging.getLogger(__name__)
GRACE_S = 10
DIED = 70
_room: Room | None = None


def room() -> Room | None:
    """Return this process's room; None in one that works nothing off."""
    return _room


def end_process(cause: BaseException | None = None) -> None:
    """End a process that lost its room: whoever supervises it starts it again, and what it held comes back."""
    logger.critical("this process ends: its outbox died of %r", cause)
    os._exit(DIED)


@worker_ready.connect
def open_room(sender: Any = None, **_signal: object) -> None:
    """Work the outbox off beside the runs; a worker of other queues alone (`celery worker -Q gpu`) does not."""
    global _room
    consumed = list(sender.app.amqp.queues.consume_from) if sender is not None else []
    if consumed and settings.CELERY_TASK_DEFAULT_QUEUE not in consumed:
        return
    _room = Room(on_death=end_process)
    _room.start()


def close_room(grace_s: float = GRACE_S) -> None:
    if _room is not None:
        _room.stop(grace_s)


@worker_shutting_down.connect
def begin_closing(**_signal: object) -> None:
    threading.Thread(target=close_room, name="outbox stop").start()


@worker_shutdown.connect
def finish_closing(**_signal: object) -> None:
    close_room()

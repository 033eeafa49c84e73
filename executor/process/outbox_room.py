"""The outbox inside a worker process: its room is opened and closed with the engine, and takes the process along."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import Any

from django.conf import settings

from core.outbox.worker import Room
from executor.process.lease import LEASE_S, Standing

GRACE_S = 10
_room: Room | None = None


def open_room(consumed: Collection[str], on_death: Callable[[BaseException], Any]) -> None:
    """Work the outbox off beside the runs; a worker of other queues alone (`celery worker -Q gpu`) does not."""
    global _room
    if settings.CELERY_TASK_DEFAULT_QUEUE in consumed:
        _room = Room(on_death=on_death)
        _room.start()


def begin_closing() -> None:
    """Take no more rows, and let those at work end."""
    threading.Thread(target=close_room, name="outbox stop").start()


def close_room() -> None:
    if _room is not None:
        _room.stop(GRACE_S)


def standing(now: float) -> Standing:
    """Say whether the outbox stands still, for health; the lease of this process's runs does not hang on it."""
    silent_s = _room.silent_s() if _room is not None else 0
    if silent_s < LEASE_S:
        return {}
    return {"outbox": (LEASE_S - 1, f"nothing was looked for in it for {silent_s:.0f} s")}

"""The lease of a worker process: renewed by a heartbeat that says its claims and commits go on, not that it lives.

While a part of the process stands still the lease is not renewed: other workers take its runs, and `/api/health/` says
which part stands, and why.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings

from core.clock import CLOCK
from core.json import dumps
from executor.database.statements import Control, stops_within
from executor.domain.signals import LeaseTooShort
from executor.sql import journal_sql

logger = logging.getLogger(__name__)
LEASE_S = 10.0
HEARTBEAT_S = 3.0
SHORT_LEASE_S = 3.0
STUCK_S = 30.0  # a part that stands so long, with nothing in its way, will not go on by itself


class Stuck(Exception):
    """A part has stood still for long, and nothing outside of the process is the reason."""


Standing = Mapping[str, tuple[float, str]]  # by part: how long it has stood still, in seconds, and why


class Lease:
    """Renews the lease of one process."""

    def __init__(self, control: Control, worker_id: UUID, name: str, standing: Callable[[float], Standing]) -> None:
        self._control = control
        self._worker_id = worker_id
        self._name = name
        self._standing = standing
        self._until = 0.0
        self._is_over = False

    def left_s(self) -> float:
        """Return how long it lasts; none is left once it was given up."""
        return 0.0 if self._is_over else self._until - time.monotonic()

    def check(self) -> None:
        """Raises: LeaseTooShort, where an effect that starts now may end after the lease."""
        if self.left_s() < SHORT_LEASE_S:
            raise LeaseTooShort("the lease may be over")

    async def beat(self, details: Mapping[str, Any]) -> None:
        """Renew the lease, or say why it is not renewed. After the good-bye there is none."""
        if self._is_over:
            return
        asked = time.monotonic()
        standing = self._standing(asked)
        shown = {name: why for name, (_, why) in standing.items()}
        renew = all(lasted_s < LEASE_S for lasted_s, _ in standing.values())
        told = {**details, "name": self._name, "pid": os.getpid(), "process": settings.PROCESS, "standing": shown}
        rows = await self._control.query(
            journal_sql.HEARTBEAT if renew else journal_sql.HEARTBEAT_STANDING,
            {"id": self._worker_id, "details": dumps(told).decode(), "name": self._name, "lease_s": LEASE_S},
        )
        if renew and rows:
            CLOCK.looked(rows[0]["beat_at"], asked, time.monotonic())
            self._until = asked + LEASE_S
        stuck = next((f"{name}: {why}" for name, (lasted_s, why) in standing.items() if lasted_s > STUCK_S), None)
        if stuck is not None and not _waits_for_servers(standing):
            raise Stuck(stuck)

    async def run(self, details: Callable[[], Mapping[str, Any]], stopped: asyncio.Event) -> None:
        """Beat until `stopped`."""
        while not await stops_within(stopped, HEARTBEAT_S):
            await self.beat(details())

    def leave(self) -> None:
        """Renew it no more: somebody else says good-bye."""
        self._is_over = True

    async def end(self) -> None:
        """Say good-bye: what still stands in our name is free from now on."""
        self.leave()
        await self._control.query(journal_sql.HEARTBEAT_ENDS, {"id": self._worker_id})


def _waits_for_servers(standing: Standing) -> bool:
    return any(why.startswith(WAITS) for _, why in standing.values())


WAITS = "waits for the database: "

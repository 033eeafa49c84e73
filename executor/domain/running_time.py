"""How long a run has been at work: time in which the database was away is nobody's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

AGAIN_S = 0.5  # at the earliest, while the outage lasts


class RunningTime:
    """Counts one segment of a run, from now on. `away_s` says how long the database has been away in this process."""

    def __init__(self, away_s: Callable[[], float]) -> None:
        self._away_s = away_s
        self._away_before = away_s()
        self._began = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None

    def spent_s(self) -> float:
        return max(time.monotonic() - self._began - (self._away_s() - self._away_before), 0.0)

    def spent_ms(self) -> int:
        return round(self.spent_s() * 1000)

    def call_after(self, limit_s: float, then: Callable[[], None]) -> None:
        """Call something when so much has been spent."""
        left_s = limit_s - self.spent_s()
        if self._timer is None:
            left_s = max(left_s, 0.0)
        elif left_s <= 0:
            then()
            return
        else:
            left_s = max(left_s, AGAIN_S)
        self._timer = asyncio.get_running_loop().call_later(left_s, self.call_after, limit_s, then)

    def stop_calling(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

"""The database's clock: it alone decides about leases, timers and schedules, whatever the clocks of machines say."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.db import connection

TRUSTED_S = 1.0


class DatabaseClock:
    """Tells the database's time between two looks at it, by this process's monotonic clock.

    Until the first look it is the machine's.
    """

    def __init__(self) -> None:
        self._moment: datetime | None = None
        self._at = 0.0

    def looked(self, moment: datetime, asked: float, answered: float) -> None:
        """Take the time that was read between two moments of the monotonic clock; a slow answer tells nothing."""
        if answered - asked <= TRUSTED_S or self._moment is None:
            self._moment, self._at = moment, (asked + answered) / 2

    def now(self) -> datetime:
        if self._moment is None:
            return datetime.now(UTC)
        return self._moment + timedelta(seconds=time.monotonic() - self._at)


CLOCK = DatabaseClock()


def utc_now() -> datetime:
    """Return the time by the database's clock, as far as it is known."""
    return CLOCK.now()


def database_now() -> datetime:
    """Ask the database what time it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row: tuple[datetime] = cursor.fetchone()
    return row[0].astimezone(UTC)

"""When a cron expression or an interval is due next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # nothing was due before: years near the first have no room in every zone
LONGEST_INTERVAL_S = 366 * 24 * 3600


class CronInvalid(ValueError):
    """The expression cannot be read, or is never due."""


def parse_cron(text: str) -> None:
    """Check an expression of five fields. Raises: CronInvalid."""
    if len(text.split()) != 5:
        raise CronInvalid("a cron expression has five fields: minute, hour, day, month, weekday")
    try:
        next(CronSim(text, EPOCH))
    except CronSimError as exc:
        raise CronInvalid(f"{text!r} is no cron expression: {exc}") from exc
    except StopIteration as exc:
        raise CronInvalid(f"{text!r} is never due") from exc


def due_times(cron: str | None, interval_s: int | None, timezone: str, after: datetime) -> Iterator[datetime]:
    """Yield the moments behind `after`, in UTC; those of an interval stand on a grid, so no restart moves them."""
    after = max(after, EARLIEST)
    if cron is not None:
        for moment in CronSim(cron, after.astimezone(ZoneInfo(timezone))):
            due = moment.astimezone(UTC)
            if due > after:  # of an hour that comes twice, its first may lie before
                yield due
        return
    step = timedelta(seconds=interval_s or 3600)
    moment = EPOCH + ((after - EPOCH) // step + 1) * step
    while True:
        yield moment
        moment += step

"""Moments: reading what people write, writing what the wire wants."""

import re
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?"
)


EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@cache
def _zones() -> frozenset[str]:
    """Return the names of the IANA database. A machine knows others: `localtime` means another time on each."""
    return frozenset((files("tzdata") / "zones").read_text().split()) - {"Factory"}


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name. Raises: ValueError."""
    if name not in _zones():
        raise ValueError(f"{name!r} is not a time zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"{name!r} is not a time zone") from exc


def parse_time(text: str, default_zone: tzinfo = UTC) -> datetime | None:
    """Return the moment an ISO 8601 text names, or None; a text without offset stands in `default_zone`."""
    found = _ISO.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    where = _offset(offset) if offset else default_zone
    try:
        return datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), microsecond, where
        )
    except ValueError:
        return None


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    moment = datetime.strptime(text.replace(":", "").ljust(5, "0"), "%z")
    return moment.tzinfo or UTC


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC: before the year 1 and after 9999 the first and the last of what lies between."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return LATEST if moment.year > 1970 else EARLIEST


def wire_time(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with milliseconds and `Z`."""
    return in_utc(moment).isoformat(timespec="milliseconds")[:-6] + "Z"


def wire_time_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else wire_time(moment)

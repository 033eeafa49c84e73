"""Moments out of what people write: ISO 8601, the forms that JavaScript's `Date` takes, milliseconds."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo

from compiler.expressions.errors import ExpressionFailed, JsError
from compiler.expressions.functions import date_format
from core.values.times import parse_time, zone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone_or_utc(name: str) -> tzinfo:
    if name.upper() in ("UTC", "UTC+0", "Z", "GMT"):
        return UTC
    if name.upper().startswith("UTC") and name[3:4] in "+-":
        return date_format.offset_of(name[3:].rjust(3))
    try:
        return zone(name)
    except ValueError as exc:
        raise JsError(str(exc)) from None


def moved(moment: datetime, place: tzinfo | None) -> datetime:
    """Return a moment as it reads in a zone. Raises: ExpressionFailed where that is before the year 1 or after 9999."""
    try:
        return moment.astimezone(place)
    except OverflowError:
        raise ExpressionFailed(f"the date {moment.isoformat()} is before the year 1 or after 9999 there") from None


def moment_at(millis: float, where: tzinfo) -> datetime | None:
    """Return the moment of a number of milliseconds since 1970, or None where there is none."""
    if not math.isfinite(millis) or abs(millis) > 8.64e15:
        return None
    try:
        return (EPOCH + timedelta(milliseconds=millis)).astimezone(where)
    except OverflowError:
        return None


_LOOSE = (
    "EEE, dd LLL yyyy HH:mm:ss ZZZ",
    "EEE, d LLL yyyy HH:mm:ss z",
    "d LLL yyyy HH:mm:ss ZZZ",
    "LLLL d, yyyy HH:mm:ss",
    "LLLL d, yyyy",
    "LLL d, yyyy",
    "LLL d, yyyy HH:mm:ss",
    "d LLLL yyyy",
    "d LLL yyyy",
    "M/d/yyyy",
    "M/d/yyyy, h:mm:ss a",
    "M/d/yyyy HH:mm",
    "M/d/yyyy HH:mm:ss",
    "yyyy/MM/dd",
    "yyyy/MM/dd HH:mm:ss",
    "yyyy-M-d",
    "EEE LLL d yyyy HH:mm:ss",
    "yyyy-MM",
    "yyyy",
)


def moment_from_text(text: str, place: tzinfo) -> datetime | None:
    """Read ISO 8601 and the other forms that JavaScript's `Date` takes; None where none fits."""
    if len(text) > 60:
        return None
    moment = parse_time(text, place) or _week_date(text, place)
    for pattern in () if moment else _LOOSE:
        moment = date_format.read(text.split(" (")[0].replace(" GMT+", " +").strip(), pattern, place)
        if moment:
            break
    return moved(moved(moment, UTC), place) if moment else None  # a time that the clock leaves out moves on


def iso_moment(text: str, place: tzinfo, *, keeps_offset: bool = False) -> datetime | None:
    """Read ISO 8601, and nothing else; `keeps_offset` leaves it in the zone of its own offset."""
    if len(text) > 60:
        return None
    found = _end_of_day(text, place) or parse_time(text, place) or _week_date(text, place) or _short_date(text, place)
    if found is None:
        return None
    return found if keeps_offset and found.tzinfo is not place else moved(moved(found, UTC), place)


_DAY_END = re.compile(r"(\d[^T]*T)24:00(?::00(?:\.000)?)?(Z|[+-]\d\d(?::?\d\d)?)?")


def _end_of_day(text: str, place: tzinfo) -> datetime | None:
    """Read a date with 24:00, which is the next day's midnight."""
    ends = _DAY_END.fullmatch(text.strip())
    if ends is None:
        return None
    begins = f"{ends[1]}00:00:00{ends[2] or ''}"
    begin = parse_time(begins, place) or _week_date(begins, place)
    try:
        return begin + timedelta(days=1) if begin is not None else None
    except OverflowError:
        return None


def _short_date(text: str, place: tzinfo) -> datetime | None:
    """Read a year alone, or with its month; or a time of today."""
    for pattern in ("yyyy-MM", "yyyy"):
        found = date_format.read(text.strip(), pattern, place)
        if found is not None:
            return found
    return None


_WEEK_DATE = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?(T.+)?|(\d{4})-?(\d{3})(T.+)?")


def _week_date(text: str, place: tzinfo) -> datetime | None:
    """Read the two other dates of ISO 8601: by week, by the day of the year."""
    found = _WEEK_DATE.fullmatch(text.strip())
    if found is None:
        return None
    try:
        if found[1]:
            date = datetime.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1)).date()
        else:
            date = datetime(int(found[5]), 1, 1).date() + timedelta(days=int(found[6]) - 1)  # noqa: DTZ001 (a date only)
            if date.year != int(found[5]):
                return None
    except (ValueError, OverflowError):
        return None
    return parse_time(f"{date.isoformat()}{found[4] or found[7] or ''}", place)

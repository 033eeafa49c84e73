"""Arithmetic of moments in a zone: sums and differences on the one line of time, calendar units by the local clock.

A local time that the clock shows twice is the one with the offset it is reckoned from, else the first; one that it
leaves out moves on by what was left out. Two moments are compared, and subtracted, in UTC: Python does it by the local
clock where both are in one zone. Source: Luxon 3, `fixOffset`, `adjustTime`, `diff`.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

UNITS = ("years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds")
CALENDAR = UNITS[:5]  # those whose length depends on where they begin
MILLIS: dict[str, float] = {
    "years": 365 * 86_400_000, "quarters": 91 * 86_400_000, "months": 30 * 86_400_000, "weeks": 7 * 86_400_000,
    "days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1000, "milliseconds": 1,
}  # fmt: skip
_MILLISECOND = timedelta(milliseconds=1)


def placed(local: datetime, zone: tzinfo, offset: timedelta) -> datetime:
    """Return the moment at which the clock of a zone shows a local time, reckoned from an offset it had nearby.

    Raises: OverflowError.
    """
    if zone is UTC:
        return local.replace(tzinfo=UTC, fold=0)
    first = _offset_at(local - offset, zone)
    if first == offset:
        return _in_zone(local - offset, zone)
    second = _offset_at(local - first, zone)
    return _in_zone(local - (first if first == second else min(first, second)), zone)


def at_clock(local: datetime, zone: tzinfo) -> datetime:
    """Return the first moment at which the clock of a zone shows a local time; one it leaves out moves on.

    Raises: OverflowError.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone)


def _in_zone(utc: datetime, zone: tzinfo) -> datetime:
    return utc.replace(tzinfo=UTC, fold=0).astimezone(zone)


def _offset_at(utc: datetime, zone: tzinfo) -> timedelta:
    return _in_zone(utc, zone).utcoffset() or timedelta()


def with_clock(moment: datetime, **changes: int) -> datetime:
    """Return the moment at which the clock shows a time with other fields. Raises: ValueError, OverflowError."""
    local = moment.replace(tzinfo=None, **changes)
    return placed(local, moment.tzinfo or UTC, moment.utcoffset() or timedelta())


def elapsed(later: datetime, earlier: datetime) -> timedelta:
    """Return the time that has passed between two moments."""
    return _plain_utc(later) - _plain_utc(earlier)


def _plain_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())


def milliseconds(later: datetime, earlier: datetime) -> float:
    return elapsed(later, earlier) / _MILLISECOND


def shifted(moment: datetime, amounts: Mapping[str, float], sign: int = 1) -> datetime:
    """Add whole calendar units by the local clock, then their fractions and smaller units as time that passes.

    Raises: ValueError, OverflowError.
    """
    whole = {unit: math.trunc(amounts.get(unit, 0)) * sign for unit in CALENDAR}
    months = whole["years"] * 12 + whole["quarters"] * 3 + whole["months"]
    days = whole["weeks"] * 7 + whole["days"]
    exact = sum((amount * sign - whole.get(unit, 0)) * MILLIS[unit] for unit, amount in amounts.items())
    made = moment
    if months or days:
        year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
        if not 1 <= year <= 9999:
            raise OverflowError("the year is out of range")
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        local = moment.replace(tzinfo=None, year=year, month=month + 1, day=day) + timedelta(days=days)
        made = placed(local, moment.tzinfo or UTC, moment.utcoffset() or timedelta())
    return (made.astimezone(UTC) + timedelta(milliseconds=exact)).astimezone(moment.tzinfo) if exact else made


def start_of(moment: datetime, unit: str) -> datetime:
    """Return the moment at which a unit begins. Raises: ValueError, OverflowError."""
    midnight = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    changes: dict[str, Any] = {
        "years": {**midnight, "month": 1, "day": 1},
        "quarters": {**midnight, "month": (moment.month - 1) // 3 * 3 + 1, "day": 1},
        "months": {**midnight, "day": 1},
        "weeks": midnight,
        "days": midnight,
        "hours": {"minute": 0, "second": 0, "microsecond": 0},
        "minutes": {"second": 0, "microsecond": 0},
        "seconds": {"microsecond": 0},
        "milliseconds": {"microsecond": moment.microsecond // 1000 * 1000},
    }[unit]
    local = moment.replace(tzinfo=None, **changes)
    local -= timedelta(days=local.weekday() if unit == "weeks" else 0)
    return placed(local, moment.tzinfo or UTC, moment.utcoffset() or timedelta())


def difference(later: datetime, earlier: datetime, units: Sequence[str]) -> dict[str, float]:
    """Return the time from one moment to another in units: whole calendar units first, the rest in the last unit.

    It is negative where the first lies before the second. Raises: ValueError, OverflowError.
    """
    ordered = sorted(set(units), key=UNITS.index)
    if elapsed(later, earlier) < timedelta():
        return {unit: -amount if amount else 0 for unit, amount in _between(later, earlier, ordered).items()}
    return _between(earlier, later, ordered)


def _between(begin: datetime, end: datetime, units: Sequence[str]) -> dict[str, float]:
    end = end.astimezone(begin.tzinfo)
    amounts: dict[str, float] = {}
    at = above = begin
    for unit in (unit for unit in units if unit in CALENDAR):
        amounts[unit] = _guess(at, end, unit)
        at = above = shifted(begin, amounts)
        while elapsed(at, end) > timedelta():
            above = at
            amounts[unit] -= 1
            at = shifted(begin, amounts)
    left = milliseconds(end, at)
    smaller = [unit for unit in units if unit not in CALENDAR]
    if not smaller:
        if left:
            last = units[-1]
            if elapsed(above, end) <= timedelta():
                above = shifted(at, {last: 1})
            amounts[last] += left / milliseconds(above, at)
        return amounts
    for unit in smaller:
        is_last = unit == smaller[-1]
        amounts[unit] = left / MILLIS[unit] if is_last else math.trunc(left / MILLIS[unit])
        left -= amounts[unit] * MILLIS[unit]
    return amounts


def _guess(begin: datetime, end: datetime, unit: str) -> int:
    """Return how many units the calendar counts between two local times, which may be one too many."""
    months = (end.year - begin.year) * 12 + end.month - begin.month
    if unit == "years":
        return end.year - begin.year
    if unit == "quarters":
        return (end.year - begin.year) * 4 + (end.month - 1) // 3 - (begin.month - 1) // 3
    if unit == "months":
        return months
    days = (end.date() - begin.date()).days
    return days // 7 if unit == "weeks" else days

"""JavaScript's `Date`."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.functions import date_format
from compiler.expressions.functions.date_reading import moved
from compiler.expressions.functions.dates import (
    METHODS,
    Dated,
    DateTime,
    date_time_from_text,
    from_timestamp,
    locale_text,
)
from compiler.expressions.values import UNDEFINED, Function, index_of, is_nullish, number_of
from core.values.kinds import is_object
from core.values.times import parse_time, wire_time


class JsDate(Dated):
    """JavaScript's `Date`; local time is the workflow's zone."""

    __slots__ = ("moment", "place")

    def __init__(self, moment: datetime | None, place: tzinfo = UTC) -> None:
        self.moment = moved(moment, place) if moment else None
        self.place = place

    def member(self, key: str) -> Any:
        method = DATE_METHODS.get(key)
        if method is not None:
            return Function(lambda arguments: method(self, arguments))
        if key.startswith("get") and self.moment is not None:
            moment = moved(self.moment, UTC) if key.startswith("getUTC") else self.moment
            read = DATE_PARTS.get(key.removeprefix("getUTC").removeprefix("get"))
            return Function(lambda arguments: read(moment)) if read else UNDEFINED
        if key in METHODS:  # n8n's own methods of dates
            return DateTime(self.moment).member(key)
        return Function(lambda arguments: math.nan) if key.startswith("get") else UNDEFINED

    def to_number(self) -> float:
        return DateTime(self.moment).millis()

    def to_text(self) -> str:
        if self.moment is None:
            return "Invalid Date"
        name = self.moment.tzname() or "UTC"
        place = "Coordinated Universal Time" if name == "UTC" else name
        offset = date_format.offset_text(self.moment, colon=False)
        return f"{self.moment:%a %b %d %Y %H:%M:%S} GMT{offset} ({place})"

    def to_json(self) -> Any:
        return None if self.moment is None else wire_time(moved(self.moment, UTC))


DATE_PARTS: dict[str, Callable[[datetime], int]] = {
    "FullYear": lambda m: m.year,
    "Month": lambda m: m.month - 1,
    "Date": lambda m: m.day,
    "Day": lambda m: m.isoweekday() % 7,
    "Hours": lambda m: m.hour,
    "Minutes": lambda m: m.minute,
    "Seconds": lambda m: m.second,
    "Milliseconds": lambda m: m.microsecond // 1000,
    "TimezoneOffset": lambda m: -int((m.utcoffset() or timedelta()).total_seconds() // 60),
}


def _js_iso(this: JsDate, arguments: list[Any]) -> str:
    if this.moment is None:
        raise JsError("Invalid time value")
    return wire_time(moved(this.moment, UTC))


def _js_locale(*standard: str) -> Callable[[JsDate, list[Any]], Any]:
    """Return what writes a moment in a language: with the fields named, where options name none of their kind."""

    def run(this: JsDate, arguments: list[Any]) -> Any:
        if this.moment is None:
            return "Invalid Date"
        given = [value for value in arguments[:2] if not is_nullish(value)]
        locale = [given.pop(0)] if given and isinstance(given[0], str) else []
        options: dict[str, Any] = dict(given[0]) if given and is_object(given[0]) else {}
        if not options.keys() & {*_FIELDS, "dateStyle", "timeStyle"}:
            options |= dict.fromkeys(standard, "numeric")
        return locale_text(DateTime(this.moment), [*locale, options])

    return run


_DATE = ("year", "month", "day")
_CLOCK = ("hour", "minute", "second")
_FIELDS = (*_DATE, *_CLOCK, "weekday")
DATE_METHODS: dict[str, Callable[[JsDate, list[Any]], Any]] = {
    "getTime": lambda this, a: this.to_number(),
    "valueOf": lambda this, a: this.to_number(),
    "toISOString": _js_iso,
    "toJSON": lambda this, a: this.to_json(),
    "toString": lambda this, a: this.to_text(),
    "toDateString": lambda this, a: this.to_text()[:15],
    "toTimeString": lambda this, a: this.to_text()[16:],
    "toUTCString": lambda this, a: (
        "Invalid Date" if this.moment is None else f"{moved(this.moment, UTC):%a, %d %b %Y %H:%M:%S} GMT"
    ),
    "toLocaleDateString": _js_locale(*_DATE),
    "toLocaleTimeString": _js_locale(*_CLOCK),
    "toLocaleString": _js_locale(*_DATE, *_CLOCK),
    "toDateTime": lambda this, a: DateTime(this.moment),
}


METHODS["toJSDate"] = METHODS["toDate"] = lambda this, a: JsDate(this.moment)  # here, since each makes the other


def make_date(arguments: list[Any], now: datetime, place: tzinfo) -> JsDate:
    """Do what `new Date(…)` does."""
    if not arguments:
        return JsDate(now, place)
    first = arguments[0]
    if len(arguments) == 1:
        if isinstance(first, Dated):
            return JsDate(first.moment, place)
        if isinstance(first, str):
            dated = len(first.strip()) <= 10 and parse_time(first, UTC) is not None
            return JsDate(date_time_from_text(first, UTC if dated else place).moment, place)
        return JsDate(from_timestamp(number_of(first), place).moment, place)
    year, month, day, *clock = [index_of(value) for value in (arguments + [0, 1, 0, 0, 0, 0][len(arguments) - 1 :])[:7]]
    try:
        begin = datetime(year + (1900 if 0 <= year < 100 else 0) + month // 12, month % 12 + 1, 1, tzinfo=place)
        hours, minutes, seconds, millis = clock
        return JsDate(
            begin + timedelta(days=day - 1, hours=hours, minutes=minutes, seconds=seconds, milliseconds=millis), place
        )
    except (ValueError, OverflowError):
        return JsDate(None, place)

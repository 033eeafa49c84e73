"""Luxon's `Interval`: the time from one moment up to another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from compiler.expressions.errors import ExpressionFailed
from compiler.expressions.functions.dates import DateTime, as_moment, date_time_from_text, difference, shifted, start_of
from compiler.expressions.functions.durations import Duration, duration_of, unit_of
from compiler.expressions.functions.table import argument
from compiler.expressions.limits import Budget
from compiler.expressions.values import UNDEFINED, Function, HostObject, normal, text_of
from core.values.kinds import is_list
from core.values.moments import elapsed

MOST_PIECES = 10_000


class Interval(HostObject):
    """Two moments; without them, or with the end before the start, it is invalid."""

    __slots__ = ("budget", "end", "start")

    def __init__(self, start: datetime | None, end: datetime | None, budget: Budget) -> None:
        is_valid = start is not None and end is not None and elapsed(end, start).total_seconds() >= 0
        self.start, self.end = (start, end) if is_valid else (None, None)
        self.budget = budget

    def member(self, key: str) -> Any:
        if key == "isValid":
            return self.start is not None
        if key in ("start", "s"):
            return None if self.start is None else DateTime(self.start)
        if key in ("end", "e"):
            return None if self.end is None else DateTime(self.end)
        method = METHODS.get(key)
        return Function(lambda arguments: method(self, arguments)) if method else UNDEFINED

    def between(self) -> tuple[datetime, datetime]:
        if self.start is None or self.end is None:
            raise ExpressionFailed("the interval is invalid: it ends before it begins, or has no ends")
        return self.start, self.end

    def to_text(self) -> str:
        return "Invalid Interval" if self.start is None else f"[{_iso(self.start)} – {_iso(self.end)})"

    def iso(self) -> str:
        return "Invalid Interval" if self.start is None else f"{_iso(self.start)}/{_iso(self.end)}"

    def to_json(self) -> Any:
        return self.iso()


def _iso(moment: datetime | None) -> str:
    return DateTime(moment).iso()


def _duration(interval: Interval, arguments: list[Any]) -> Duration:
    begin, end = interval.between()
    given = argument(arguments, 0, "milliseconds")
    return difference(end, begin, tuple(unit_of(unit) for unit in (given if is_list(given) else [given])[:9]))


def _length(interval: Interval, arguments: list[Any]) -> Any:
    return normal(next(iter(_duration(interval, arguments[:1]).amounts.values())))


def _count(interval: Interval, arguments: list[Any]) -> Any:
    """Return in how many units the interval lies, in part at least."""
    begin, end = interval.between()
    unit = unit_of(argument(arguments, 0, "milliseconds"))
    last = start_of(end, unit)
    whole = difference(last, start_of(begin, unit), (unit,)).amounts[unit]
    return int(whole) + (1 if elapsed(end, last).total_seconds() else 0) if elapsed(end, begin) else 0


def _split_by(interval: Interval, arguments: list[Any]) -> Any:
    begin, end = interval.between()
    amounts = duration_of(arguments)
    pieces: list[Any] = []
    at = begin
    while elapsed(end, at).total_seconds() > 0:
        interval.budget.spend()
        after = shifted(begin, {unit: amount * (len(pieces) + 1) for unit, amount in amounts.items()})
        if elapsed(after, at).total_seconds() <= 0 or len(pieces) >= MOST_PIECES:
            raise ExpressionFailed("the interval cannot be split so")
        after = min(after, end, key=lambda moment: elapsed(moment, begin))
        pieces.append(Interval(at, after, interval.budget))
        at = after
    return pieces


def _has(interval: Interval, arguments: list[Any]) -> bool:
    begin, end = interval.between()
    moment = as_moment(argument(arguments, 0, None))
    return elapsed(moment, begin).total_seconds() >= 0 and elapsed(end, moment).total_seconds() > 0


def _overlap(interval: Interval, arguments: list[Any]) -> bool:
    begin, end = interval.between()
    other = argument(arguments, 0)
    if not isinstance(other, Interval):
        return False
    first, last = other.between()
    return elapsed(end, first).total_seconds() > 0 and elapsed(last, begin).total_seconds() > 0


METHODS: dict[str, Callable[[Interval, list[Any]], Any]] = {
    "length": _length,
    "count": _count,
    "toDuration": _duration,
    "contains": _has,
    "overlaps": _overlap,
    "splitBy": _split_by,
    "isEmpty": lambda interval, a: not elapsed(*interval.between()[::-1]),
    "toISO": lambda interval, a: interval.iso(),
    "toString": lambda interval, a: interval.to_text(),
}


def functions(budget: Budget, place: Any) -> dict[str, Callable[[list[Any]], Any]]:
    """Return what `Interval` makes intervals of."""

    def of_text(a: list[Any]) -> Interval:
        first, _, last = text_of(argument(a, 0)).partition("/")
        if first.startswith("P"):
            end = as_moment(last, place)
            return Interval(shifted(end, duration_of([Duration.of_text(first)]), -1), end, budget)
        begin = date_time_from_text(first, place).moment
        if begin is not None and last.startswith("P"):
            return Interval(begin, shifted(begin, duration_of([Duration.of_text(last)])), budget)
        return Interval(begin, date_time_from_text(last, place).moment, budget)

    def after(a: list[Any]) -> Interval:
        begin = as_moment(argument(a, 0, None), place)
        return Interval(begin, shifted(begin, duration_of(a[1:])), budget)

    def before(a: list[Any]) -> Interval:
        end = as_moment(argument(a, 0, None), place)
        return Interval(shifted(end, duration_of(a[1:]), -1), end, budget)

    return {
        "fromDateTimes": lambda a: Interval(
            as_moment(argument(a, 0, None), place), as_moment(argument(a, 1, None), place), budget
        ),
        "fromISO": of_text,
        "after": after,
        "before": before,
        "isInterval": lambda a: isinstance(argument(a, 0), Interval),
    }

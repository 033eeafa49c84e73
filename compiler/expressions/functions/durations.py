"""Luxon's durations: amounts by unit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    HostObject,
    is_number,
    normal,
    number_of,
    number_text,
    text_of,
)

UNITS = ("years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds")
MILLIS: dict[str, float] = {
    "years": 365 * 86_400_000, "quarters": 91 * 86_400_000, "months": 30 * 86_400_000, "weeks": 7 * 86_400_000,
    "days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1000, "milliseconds": 1,
}  # fmt: skip
_ALIASES = {"ms": "milliseconds", "s": "seconds", "h": "hours", "m": "minutes", "d": "days", "w": "weeks", "y": "years"}


def unit_of(value: Any) -> str:
    """Return the plural name of a unit. Raises: JsError."""
    name = text_of(value)
    name = _ALIASES.get(name, name.lower())
    name = name if name.endswith("s") else name + "s"
    if name not in UNITS:
        raise JsError(f"Invalid unit {text_of(value)[:20]}")
    return name


class Duration(HostObject):
    """Amounts by unit, as they were given."""

    __slots__ = ("amounts",)

    def __init__(self, amounts: Mapping[str, float]) -> None:
        self.amounts = dict(amounts)

    def millis(self) -> float:
        return sum(amount * MILLIS[unit] for unit, amount in self.amounts.items())

    def as_unit(self, unit: str) -> float:
        return normal(self.millis() / MILLIS[unit])

    def member(self, key: str) -> Any:
        if key in UNITS:
            return normal(self.amounts.get(key, 0))
        method = _METHODS.get(key)
        return Function(lambda arguments: method(self, arguments)) if method else UNDEFINED

    def to_text(self) -> str:
        return self.iso()

    def to_number(self) -> float:
        return self.millis()

    def to_json(self) -> Any:
        return self.iso()

    def iso(self) -> str:
        got = self.amounts.get
        date = "".join(
            f"{number_text(normal(got(unit, 0)))}{unit[0].upper()}"
            for unit in ("years", "months", "weeks", "days")
            if got(unit)
        )
        seconds = got("seconds", 0) + got("milliseconds", 0) / 1000
        time = "".join(
            f"{number_text(normal(got(unit, 0)))}{unit[0].upper()}" for unit in ("hours", "minutes") if got(unit)
        )
        time += f"{number_text(normal(seconds))}S" if seconds else ""
        return f"P{date}{'T' + time if time else ''}" if date or time else "PT0S"

    def shifted(self, units: tuple[str, ...]) -> Duration:
        left, amounts = self.millis(), dict[str, float]()
        for unit in sorted(units, key=UNITS.index):
            last = unit == max(units, key=UNITS.index)
            amounts[unit] = left / MILLIS[unit] if last else math.trunc(left / MILLIS[unit])
            left -= amounts[unit] * MILLIS[unit]
        return Duration(amounts)

    def human(self) -> str:
        parts = [(unit, normal(amount)) for unit, amount in self.amounts.items()]
        return ", ".join(f"{number_text(amount)} {unit[:-1] if amount == 1 else unit}" for unit, amount in parts)


def _units(arguments: list[Any]) -> tuple[str, ...]:
    return tuple(unit_of(entry) for entry in arguments) or ("milliseconds",)


def _formatted(duration: Duration, pattern: str) -> str:
    units = {
        "d": "days",
        "h": "hours",
        "m": "minutes",
        "s": "seconds",
        "S": "milliseconds",
        "M": "months",
        "y": "years",
        "w": "weeks",
    }
    used = tuple(
        dict.fromkeys(units[letter] for letter in re.findall(r"[dhmsSMyw](?=[^']*(?:'[^']*'[^']*)*$)", pattern))
    )
    shifted = duration.shifted(used or ("milliseconds",))
    return re.sub(
        r"'([^']*)'|d+|h+|m+|s+|S+|M+|y+|w+",
        lambda found: (
            found.group(1)
            if found.group(1) is not None
            else f"{math.floor(shifted.amounts[units[found.group()[0]]]):0{len(found.group())}d}"
        ),
        pattern,
    )


_METHODS: dict[str, Callable[[Duration, list[Any]], Any]] = {
    "as": lambda duration, arguments: duration.as_unit(unit_of(arguments[0] if arguments else "milliseconds")),
    "toMillis": lambda duration, arguments: normal(duration.millis()),
    "valueOf": lambda duration, arguments: normal(duration.millis()),
    "toObject": lambda duration, arguments: {unit: normal(amount) for unit, amount in duration.amounts.items()},
    "shiftTo": lambda duration, arguments: duration.shifted(_units(arguments)),
    "toISO": lambda duration, arguments: duration.iso(),
    "toString": lambda duration, arguments: duration.iso(),
    "toJSON": lambda duration, arguments: duration.iso(),
    "toHuman": lambda duration, arguments: duration.human(),
    "toFormat": lambda duration, arguments: _formatted(duration, text_of(arguments[0] if arguments else "S")[:200]),
    "negate": lambda duration, arguments: Duration({unit: -amount for unit, amount in duration.amounts.items()}),
    "normalize": lambda duration, arguments: duration.shifted(tuple(duration.amounts) or ("milliseconds",)),
}


def duration_of(arguments: list[Any]) -> dict[str, float]:
    """Read `plus({days: 1})`, `plus(1, 'day')`, `plus(milliseconds)`. Raises: JsError."""
    first = arguments[0] if arguments else UNDEFINED
    if isinstance(first, Duration):
        return first.amounts
    if isinstance(first, dict):
        amounts = {unit_of(unit): number_of(amount) for unit, amount in first.items()}
    elif is_number(first) or isinstance(first, str):
        unit = unit_of(arguments[1]) if len(arguments) > 1 else "milliseconds"
        amounts = {unit: number_of(first)}
    else:
        raise JsError("not a duration")
    if any(not math.isfinite(amount) or abs(amount) > 1e15 for amount in amounts.values()):
        raise JsError("not a duration")
    return amounts

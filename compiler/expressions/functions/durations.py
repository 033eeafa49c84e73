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
from core.values.kinds import is_object
from core.values.moments import MILLIS, UNITS

_AMOUNT = r"([+-]?\d{1,15}(?:[.,]\d{1,9})?)"
_ISO = re.compile(
    rf"([+-])?P(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?"
    rf"(?:T(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?"
)
_ISO_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
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

    @staticmethod
    def of_text(text: str) -> Duration:
        """Read ISO 8601: `P1Y2M3DT4H5M6.5S`, `-P1W`. Raises: JsError."""
        found = _ISO.fullmatch(text.strip()[:100])
        amounts = {
            unit: float(amount.replace(",", "."))
            for unit, amount in zip(_ISO_UNITS, found.groups()[1:] if found else (), strict=False)
            if amount
        }
        if found is None or not amounts:
            raise JsError("not a duration")
        return Duration({unit: normal(-amount if found[1] == "-" else amount) for unit, amount in amounts.items()})

    def millis(self) -> float:
        return sum(amount * MILLIS[unit] for unit, amount in self.amounts.items())

    def as_unit(self, unit: str) -> float:
        return normal(self.millis() / MILLIS[unit])

    def member(self, key: str) -> Any:
        if key in UNITS:
            return normal(self.amounts.get(key, 0))
        method = METHODS.get(key)
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


METHODS: dict[str, Callable[[Duration, list[Any]], Any]] = {
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
    if is_object(first):
        amounts = {unit_of(unit): number_of(amount) for unit, amount in first.items()}
    elif is_number(first) or isinstance(first, str):
        unit = unit_of(arguments[1]) if len(arguments) > 1 else "milliseconds"
        amounts = {unit: number_of(first)}
    else:
        raise JsError("not a duration")
    if any(not math.isfinite(amount) or abs(amount) > 1e15 for amount in amounts.values()):
        raise JsError("not a duration")
    return amounts

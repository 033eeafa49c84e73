"""Whole numbers that JavaScript cannot hold, on their way through code that does not change them.

JavaScript rounds a number of more than 53 bits when it reads it. What stands where it stood is given back as it was;
what was copied, where the item it is known to come from has it at the same place, or no other number is rounded to it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

SAFE = 2**53
_MARK = "\ue000whole number:"
_LONG = re.compile(r"\d{16}")
Path = list[Any]

# What is read is noted by the object that holds it; what is written asks there.
BEFORE = """
globalThis.__exact = new WeakMap();
for (const [path, digits] of __request.exact) {
  let holder = __request; for (const step of path.slice(0, -1)) holder = holder[step];
  if (!__exact.has(holder)) __exact.set(holder, new Map());
  __exact.get(holder).set(String(path[path.length - 1]), digits); }
globalThis.__keep = function (key, value) {
  if (typeof value !== "number") return value;
  const digits = __exact.get(this)?.get(key);
  return digits !== undefined && Number(digits) === value ? "MARK" + digits : value; };
""".replace("MARK", _MARK)


def may_hold_some(text: str) -> bool:
    """Tell whether JSON may hold numbers of so many digits."""
    return _LONG.search(text) is not None


def _found(value: Any, path: Path) -> Iterator[tuple[Path, int | float]]:
    """Yield where numbers stand that may be taken for others. One of exactly 53 bits is what another is rounded to."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _found(entry, [*path, key])
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            yield from _found(entry, [*path, at])
    elif type(value) in (int, float) and abs(value) >= SAFE:
        yield path, value


def _rounded(number: float) -> float:
    """Return what JavaScript makes of a number."""
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number)


class Exact:
    """The numbers of what code is given, by what JavaScript makes of them.

    `paths` says where each stands, with its digits; `unsure` counts those of the result that stayed rounded.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        self.paths: list[tuple[Path, str]] = []
        self.unsure = 0
        self._all: dict[float, set[int | float]] = {}
        self._at: dict[tuple[Any, ...], int] = {}  # by the item's number, and the place in it
        for path, number in _found(given, []):
            self._all.setdefault(_rounded(number), set()).add(number)
            if isinstance(number, int):
                self.paths.append((path, str(number)))
                if path[0] == "items":
                    self._at[tuple(path[1:])] = number

    def restored(self, value: Any, at: int | None, *place: Any) -> Any:
        """Return a value of code with the numbers it was given; `at` is the item it came from, where one is known."""
        if isinstance(value, dict):
            return {key: self.restored(entry, at, *place, key) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.restored(entry, at, *place, number) for number, entry in enumerate(value)]
        if isinstance(value, str) and value.startswith(_MARK):
            digits = value.removeprefix(_MARK)
            return int(digits) if digits.lstrip("-").isdigit() else value
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= SAFE:
            return self._known(value, (at, *place))
        return value

    def _known(self, value: float, place: tuple[Any, ...]) -> Any:
        """Return the number that stood at the same place of the item, or the only one that is rounded to this."""
        there = self._at.get(place)
        if there is not None and _rounded(there) == _rounded(value):
            return there
        known = self._all.get(_rounded(value), {value})
        if len(known) == 1:
            return next(iter(known))
        self.unsure += 1
        return value

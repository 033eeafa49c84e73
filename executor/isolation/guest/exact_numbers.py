"""Whole numbers that JavaScript cannot hold, on their way through code that does not change them.

JavaScript rounds a number of more than 53 bits when it reads it. What stands where it stood is given back as it was;
what was copied, where the item it came from has it at the same place, or no other number is rounded to it.
"""

from __future__ import annotations

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


def noted(value: Any) -> list[tuple[Path, str]]:
    """Return where numbers stand that would be rounded, with their digits."""
    return [(path, str(number)) for path, number in _found(value, [])]


def _found(value: Any, path: Path) -> Iterator[tuple[Path, int]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _found(entry, [*path, key])
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            yield from _found(entry, [*path, at])
    elif type(value) is int and abs(value) > SAFE:
        yield path, value


class Exact:
    """The numbers of some items and variables, by what JavaScript makes of them."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.paths = noted(given)
        self._all: dict[float, set[int]] = {}
        self._at: dict[tuple[Any, ...], int] = {}  # by the item's number, and the place in it
        for path, digits in self.paths:
            number = int(digits)
            self._all.setdefault(float(number), set()).add(number)
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
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) > SAFE:
            return self._known(value, (at, *place))
        return value

    def _known(self, value: float, place: tuple[Any, ...]) -> Any:
        """Return the number that stood at the same place of the item, or the only one that is rounded to this."""
        there = self._at.get(place)
        if there is not None and float(there) == float(value):
            return there
        known = self._all.get(float(value), set())
        return next(iter(known)) if len(known) == 1 else value

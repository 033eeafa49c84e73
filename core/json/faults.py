"""What keeps a value from being stored, and where in it that stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.json.limits import MAX_DEPTH
from core.json.weight import MOST

LONGEST_PLACE = 160
Step = tuple[str, Any]  # how it is written behind what it leads into, and what it leads to


class NotStorable(ValueError):
    """A value that JSON or PostgreSQL's text cannot hold."""


class TooDeep(NotStorable):
    """A value that is nested too deep."""

    def __init__(self, place: str = "") -> None:
        super().__init__(f"it is nested more than {MAX_DEPTH} levels deep{place and ', at '}{place}")


class TooHeavy(NotStorable):
    """A JSON of more values than are read at once."""

    def __init__(self) -> None:
        super().__init__(f"its values take more than {MOST // 2**20} MiB of memory")


def refusal(value: Any, depth: int) -> NotStorable:
    """Return the first thing in a value that keeps it from being stored, with its place as a JSONPath."""
    return _problem(value, depth, "$", {}) or NotStorable("it cannot be written as JSON")


def _problem(value: Any, depth: int, place: str, seen: dict[int, int]) -> NotStorable | None:
    if isinstance(value, str):
        wrong = _wrong_in(value)
        return NotStorable(f"{wrong}, at {_shown(place)}") if wrong else None
    if not isinstance(value, (dict, list, tuple)):
        fits = value is None or type(value) in (bool, int, float)
        return None if fits else NotStorable(f"a value of type {type(value).__name__} is no JSON, at {_shown(place)}")
    if depth <= 0:
        return TooDeep(_shown(place))
    if seen.get(id(value), -1) >= depth:
        return None  # shared with a place from which it was looked into as deep
    seen[id(value)] = depth
    if isinstance(value, dict):
        for key in value:
            wrong = _wrong_in(key) if isinstance(key, str) else f"a key may not be of type {type(key).__name__}"
            if wrong:
                return NotStorable(f"{wrong}, in a key at {_shown(place)}")
    for step, entry in _entries(value):
        found = _problem(entry, depth - 1, place + step, seen)
        if found is not None:
            return found
    return None


def _entries(value: dict[str, Any] | list[Any] | tuple[Any, ...]) -> Iterable[Step]:
    if isinstance(value, dict):
        return ((f".{key}" if key.isidentifier() else f"[{key[:40]!r}]", entry) for key, entry in value.items())
    return ((f"[{at}]", entry) for at, entry in enumerate(value))


def _wrong_in(text: str) -> str:
    if "\x00" in text:
        return "text may not hold the character U+0000"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "text may not hold half of a surrogate pair"
    return ""


def _shown(place: str) -> str:
    return place if len(place) <= LONGEST_PLACE else f"{place[:LONGEST_PLACE]}…"

"""How large a value is as JSON, told before it is written: what is shared counts each time it would be written."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from sys import getsizeof
from typing import Any

from core.json import dumps_own

SMALL = 1024 * 1024  # of memory: what takes no more is written to be measured
SLICE = 100  # elements of a long list that are measured at a time


class TooLarge(Exception):
    """There is more than was allowed."""


class Sizes:
    """Counts the JSON of values against one limit. The values must stay alive and as they are while it counts.

    A large value is looked at once, however often it stands in what is counted: a list of 400 references to one text
    costs no more than the text. So the work is linear in what is there, and ends where the limit does.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        self._known: dict[int, int] = {}  # by identity, of large values
        self._misses = 0  # values around the present one that were tried, and were not small
        self._untried = 0  # levels to go down before the next is tried: else a deep value is looked at for each level

    def add(self, value: Any) -> None:
        """Count a value. Raises: TooLarge; RecursionError for what is nested too deep to look at."""
        whole: object = value
        kind = type(whole)
        if kind is str:
            self.count(self._text(value))
        elif kind is not dict and kind is not list and kind is not tuple:
            self.count(_scalar(value))
        elif (known := self._known.get(id(value))) is not None:
            self.count(known)
        elif not self._untried and (size := _written_size(value)) is not None:
            self.count(size)
        else:
            before, misses, untried = self.total, self._misses, self._untried
            if untried:
                self._untried = untried - 1
            else:
                self._misses, self._untried = misses + 1, min(2 * misses, 16)
            self.count(max(len(value), 1) + 1)  # brackets and commas
            if kind is dict:
                self._entries(value)
            else:
                self._elements(value)
            self._misses, self._untried = misses, untried
            self._known[id(value)] = self.total - before

    def add_each(self, values: Sequence[Any]) -> None:
        """Count values that stand side by side in a list. Raises: as `add`."""
        self.count(len(values))  # commas
        self._elements(values)

    def count(self, size: int) -> None:
        """Count what was measured elsewhere. Raises: TooLarge."""
        self.total += size
        if self.total > self.limit:
            raise TooLarge

    def _entries(self, value: dict[Any, Any]) -> None:
        for key, entry in value.items():
            self.count(1)  # the colon
            self.add(key)
            self.add(entry)

    def _elements(self, value: Sequence[Any]) -> None:
        for at in range(0, len(value), SLICE):
            some = value[at : at + SLICE]
            size = _written_size(some) if len(some) > 1 and (len(value) > SLICE or not self._untried) else None
            if size is not None:
                self.count(size - len(some) - 1)
                continue
            for entry in some:
                self.add(entry)

    def _text(self, text: str) -> int:
        if len(text) < SMALL:
            return text_size(text)
        if len(text) > self.limit - self.total:
            raise TooLarge
        size = self._known.get(id(text))
        if size is None:
            size = self._known[id(text)] = text_size(text)
        return size


def json_size(value: Any, limit: int) -> int:
    """Return how many bytes a value is as JSON; where that is more than `limit`, some number above it.

    Raises: RecursionError for what is nested too deep to look at.
    """
    sizes = Sizes(limit)
    try:
        sizes.add(value)
    except TooLarge:
        return limit + 1
    return sizes.total


def is_small(value: Any) -> bool:
    """Whether a value takes little memory, shared parts counted each time: then it can be written without harm.

    It goes down level by level in C. A level is only opened after what it takes was counted, so it cannot explode.
    """
    total = 0
    level: Iterable[Any] = (value,)
    measured: Callable[[Any], int] = getsizeof
    while level:
        total += sum(map(measured, level))
        if total > SMALL:
            return False
        level = gc.get_referents(*level)
    return True


def text_size(text: str) -> int:
    """Return how many bytes a text is as JSON, quotes and escapes included."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return len(text) + 2
    try:
        return len(dumps_own(text))
    except TypeError:  # half a surrogate pair: whatever becomes of it is not longer than this
        return 6 * len(text) + 2


def _written_size(value: Any) -> int | None:
    """Return the size of a small value, by writing it; None where it is large or cannot be written."""
    if not is_small(value):
        return None
    try:
        return len(dumps_own(value))
    except TypeError:
        return None


def _scalar(value: Any) -> int:
    try:
        return len(dumps_own(value))
    except TypeError:
        return (value.bit_length() * 1233 >> 12) + 4 if isinstance(value, int) else 32

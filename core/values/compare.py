"""How two JSON values compare, for conditions, sorting and duplicates: two kinds of equality, and one total order.

`equals` is what people ask: 5 equals "5", and two texts that name one moment are equal. `identity` is what groups and
duplicates go by: text is text, and 1 is 1.0. The order is total, so that sorting does not depend on how things stood
before: null, false and true, numbers and text that reads as one, times, other text, lists, objects. What `equals` finds
equal stands together in it.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from core.json import dumps_text
from core.values.numbers import as_number, read_number
from core.values.times import parse_time

__all__ = ["as_number", "equals", "identity", "is_empty", "moment_of", "order", "sort_key", "text_of"]

_NULL, _BOOLEAN, _NUMBER, _MOMENT, _TEXT, _LIST, _OBJECT, _OTHER = range(8)
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
Key = tuple[Any, ...]


def moment_of(text: str) -> datetime | None:
    """Return the moment that a text with a date in it names."""
    if not 8 <= len(text) <= 40 or not text[:4].isdigit():
        return None
    return parse_time(text)


def sort_key(value: Any) -> Key:
    """Return what stands for a value in the order of all values."""
    if isinstance(value, str):
        return _text_key(value)
    whole: Any = value
    if isinstance(value, (list, tuple)):
        return _LIST, tuple(sort_key(entry) for entry in whole)
    if isinstance(value, dict):
        return _OBJECT, tuple((name, sort_key(whole[name])) for name in sorted(whole))
    return _plain_key(value)


def _plain_key(value: Any) -> Key:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return (_NULL,)
    if isinstance(value, bool):
        return _BOOLEAN, value
    return (_NUMBER, value) if isinstance(value, (int, float)) else (_OTHER, repr(value))


def _text_key(text: str) -> Key:
    number = read_number(text)
    if number is not None:
        return _NUMBER, number
    moment = moment_of(text)
    return (_TEXT, text) if moment is None else (_MOMENT, moment - _EPOCH)


def order(left: Any, right: Any) -> int:
    """Return -1, 0 or 1."""
    one, other = sort_key(left), sort_key(right)
    return (one > other) - (one < other)


def identity(value: Any) -> Key:
    """Return what two values have in common where they are the same JSON value; 1 and 1.0 are."""
    if isinstance(value, str):
        return _TEXT, value
    whole: Any = value
    if isinstance(value, (list, tuple)):
        return _LIST, tuple(identity(entry) for entry in whole)
    if isinstance(value, dict):
        return _OBJECT, tuple((name, identity(whole[name])) for name in sorted(whole))
    return _plain_key(value)


def equals(left: Any, right: Any, *, ignore_case: bool = False) -> bool:
    """Tell whether two values are equal, as people mean it."""
    if isinstance(left, str) and isinstance(right, str):
        if left == right or (ignore_case and left.casefold() == right.casefold()):
            return True
        one, other = _text_key(left), _text_key(right)
        return one[0] == _MOMENT and one == other
    if isinstance(left, str) or isinstance(right, str):
        return _are_one_number(left, right)
    return identity(left) == identity(right)


def _are_one_number(left: Any, right: Any) -> bool:
    one, other = as_number(left), as_number(right)
    return one is not None and other is not None and one == other


def is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def text_of(value: Any) -> str:
    """Return a value as text: text as it is, nothing for null, all else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else dumps_text(value, is_compact=True)

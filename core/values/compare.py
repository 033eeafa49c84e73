"""How two JSON values compare, for conditions, sorting and duplicates."""

import math
from collections.abc import Callable
from datetime import datetime
from functools import cmp_to_key
from typing import Any

from core.values.times import parse_time

_RANK = {bool: 1, int: 2, float: 2, str: 3, list: 4, dict: 5}


def as_number(value: Any) -> float | None:
    """Return the number a value stands for: a number, or text that reads as one; None where that is not finite."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and not (value.strip() and len(value) < 400):
        return None
    if not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Bring two values onto one type: numbers if one is and the other reads as one, times if both parse, else as is."""
    left_is_number = isinstance(left, (int, float)) and not isinstance(left, bool)
    right_is_number = isinstance(right, (int, float)) and not isinstance(right, bool)
    if left_is_number or right_is_number:
        first, second = as_number(left), as_number(right)
        if first is not None and second is not None:
            return first, second
    if isinstance(left, str) and isinstance(right, str):
        moments = _moment(left), _moment(right)
        if moments[0] is not None and moments[1] is not None:
            return moments
    return left, right


def _moment(text: str) -> datetime | None:
    if not 8 <= len(text) <= 40 or not text[:4].isdigit():
        return None
    return parse_time(text)


def equals(left: Any, right: Any, *, ignore_case: bool = False) -> bool:
    left, right = comparable(left, right)
    if ignore_case and isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def order(left: Any, right: Any) -> int:
    """Return -1, 0 or 1; values of different types stand in the order null, bool, number, text, list, object."""
    left, right = comparable(left, right)
    if left == right and isinstance(left, bool) == isinstance(right, bool):
        return 0
    ranks = _rank(left), _rank(right)
    if ranks[0] != ranks[1]:
        return -1 if ranks[0] < ranks[1] else 1
    try:
        return -1 if left < right else 1
    except TypeError:
        return -1 if repr(left) < repr(right) else 1


def _rank(value: Any) -> int:
    return 0 if value is None else _RANK.get(type(value), 6)


sort_key: Callable[[Any], Any] = cmp_to_key(order)


def is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})

"""NaN and Infinity, which JSON does not know."""

from __future__ import annotations

from typing import Any


def holds_not_a_number(value: Any) -> bool:
    """Tell whether NaN or Infinity stands anywhere in a value."""
    stack = [value]
    for entry in stack:
        for one in entry.values() if entry.__class__ is dict else entry:
            kind = one.__class__
            if kind is str or kind is int:
                continue
            if kind is float:
                if one - one != 0:  # so it is for these two, and for no number
                    return True
            elif one and (kind is dict or kind is list or kind is tuple):
                stack.append(one)
    return False


def without_not_a_number(value: Any) -> Any:
    """Return a value with null where NaN or Infinity stood."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: without_not_a_number(entry) for key, entry in value.items()}
    return [without_not_a_number(entry) for entry in value] if isinstance(value, (list, tuple)) else value

"""Values that an expression changes: never those it was given. What is not its own yet is copied before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.limits import Budget
from compiler.expressions.values import UNDEFINED, is_nullish, text_of

MOST_BEYOND = 1000  # entries between the end of a list and a new one


def changed(budget: Budget, value: Any, path: Sequence[Any], new: Any) -> Any:
    """Return a value with something else at a path. Raises: JsError."""
    top = holder = _own(budget, value)
    for key in path[:-1]:
        inner = _own(budget, _entry(holder, key))
        _put(holder, key, inner)
        holder = inner
    _put(holder, path[-1], new)
    return top


def _own(budget: Budget, value: Any) -> Any:
    """Return the list or object that this evaluation may change: itself, where it was made here, else a copy."""
    whole: Any = value
    if not isinstance(value, (list, dict)):
        raise JsError("Cannot set properties of " + ("undefined" if is_nullish(value) else text_of(value)[:40]))
    if budget.owned.get(id(whole)) is whole:
        return whole
    budget.spend(1 + len(whole) // 8)
    made: Any = list(whole) if isinstance(value, list) else dict(whole)
    budget.owned[id(made)] = made
    return made


def _entry(holder: Any, key: Any) -> Any:
    whole: Any = holder
    if isinstance(holder, dict):
        return whole.get(text_of(key), UNDEFINED)
    at = _index(holder, key)
    return holder[at] if at < len(holder) else UNDEFINED


def _put(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, dict):
        holder[text_of(key)] = value
        return
    at = _index(holder, key)
    if at > len(holder) + MOST_BEYOND:
        raise JsError("Invalid array length")
    holder.extend([UNDEFINED] * (at + 1 - len(holder)))
    holder[at] = value


def _index(holder: list[Any], key: Any) -> int:
    text = text_of(key)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise JsError(f"a list has no member {text[:40]!r} that can be set")
    return int(text)

"""What somebody sent, as it will be stored: one who sends what cannot be is told why."""

from __future__ import annotations

from typing import Any

from core.errors import Invalid
from core.json import MAX_DEPTH, NotStorable, TooDeep, check, storable


def storable_input(value: Any, field: str, *, depth: int = MAX_DEPTH) -> Any:
    """Return a value somebody sent, as it will be stored. Raises: Invalid."""
    try:
        return check(value, depth=depth)
    except NotStorable as exc:
        raise Invalid(f"It cannot be stored: {exc}.", field=field, reason=reason_of(exc)) from exc


def storable_text(value: Any, field: str, *, depth: int = MAX_DEPTH) -> bytes:
    """Return the JSON of a value somebody sent, as it will be stored: written once. Raises: Invalid."""
    try:
        return storable(value, depth=depth)[1]
    except NotStorable as exc:
        raise Invalid(f"It cannot be stored: {exc}.", field=field, reason=reason_of(exc)) from exc


def reason_of(exc: NotStorable) -> str:
    """Return the code by which a problem response says why a value cannot be stored."""
    return "too_deep" if isinstance(exc, TooDeep) else "invalid"

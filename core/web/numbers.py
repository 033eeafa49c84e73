"""Whole numbers as callers write them."""

from __future__ import annotations

from core.errors import Invalid

MOST = 10**9


def whole_number(
    text: str, field: str, *, least: int = 0, most: int = MOST, message: str = "This must be a whole number."
) -> int:
    """Return the number that a text in plain digits stands for. Raises: Invalid."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
        raise Invalid(message, field=field)
    return int(text)

"""What went on, but not as asked: warnings of nodes as (code, field, message)."""

from __future__ import annotations

Warnings = list[tuple[str, str, str]]
LONGEST = 300  # characters of a message


def warning(code: str, field: str, message: str) -> tuple[str, str, str]:
    return code, field, message[:LONGEST]


def warning_of_missing(name: str, field: str, missing: int, items: int) -> Warnings:
    """Return a warning where no item has a field that params name: it is misspelled."""
    if not items or missing < items:
        return []
    return [warning("field_missing", field, f"None of the {items} items has the field {name!r}")]


def warning_of_replaced(name: str, field: str, count: int) -> Warnings:
    """Return a warning where bytes were no text, and U+FFFD stands for them."""
    if not count:
        return []
    return [warning("replaced_character", field, f"{count} characters of {name!r} could not be read, and are U+FFFD")]

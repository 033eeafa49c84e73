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


def warning_of_guess(name: str, field: str, charset: str) -> Warnings:
    """Return a warning where nothing says in which encoding bytes are; `charset` is the one they were read in."""
    if not charset:
        return []
    text = f"{name!r} is not in the encoding it says, nor in UTF-8: it was read as {charset}. Choose its encoding"
    return [warning("guessed_encoding", field, text)]

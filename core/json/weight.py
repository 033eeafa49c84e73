"""How much memory JSON takes as values, told from its text: `{},` is three bytes, and a hundred as a value."""

from __future__ import annotations

import re

LIGHT = 1024 * 1024  # bytes of JSON that are not looked at
MOST = 192 * 1024 * 1024  # bytes of values that are read at once
CONTAINER, SEPARATOR, ENTRY, QUOTE = 128, 24, 40, 25  # bytes, for a bracket that opens, a comma, a colon, a quote
CONTAINER_STORED = 512  # bytes, from when it is read until it is stored: here, and in the database's process
MOST_QUOTES = 1_000_000
# Never gone back into, and one without an end goes to the end: it is read once, whatever it holds.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)


def weight(raw: bytes | bytearray) -> int:
    """Return about how many bytes a JSON's values take; brackets and commas in texts count as well."""
    marks = SEPARATOR * raw.count(b",") + ENTRY * raw.count(b":") + QUOTE * raw.count(b'"')
    return len(raw) + CONTAINER * _containers(raw) + marks


def weight_until_stored(raw: bytes | bytearray) -> int:
    """Return how many bytes the objects and lists of a part of a JSON take until they are stored."""
    return CONTAINER_STORED * _containers(raw)


def _containers(raw: bytes | bytearray) -> int:
    return raw.count(b"{") + raw.count(b"[")


def is_too_heavy(raw: bytes | bytearray | memoryview | str) -> bool:
    """Tell whether a JSON takes more memory than it may."""
    if len(raw) <= LIGHT:
        return False
    text = raw.encode("utf-8", "replace") if isinstance(raw, str) else bytes(raw)
    if weight(text) <= MOST:
        return False
    if text.count(b'"') - text.count(b'\\"') > MOST_QUOTES:
        return True  # to take so many texts out would take as much itself
    return weight(_STRINGS.sub(b'""', text)) > MOST

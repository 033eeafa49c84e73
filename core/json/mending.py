"""Values made such that they can be stored: for what has to be written whatever it holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import orjson

LEFT_OUT = "…"
_WRITTEN_AS_THEY_ARE = (orjson.Fragment, datetime, date, time, UUID)
_DEEPEST = 255  # deeper than anything that is written


def lossy_text(text: str) -> str:
    """Return a text PostgreSQL can hold: U+FFFD stands for U+0000 and for halves of surrogate pairs."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def lossy(value: Any, depth: int, default: Callable[[Any], Any] | None = None) -> Any:
    """Return a value that can be stored. What lies deeper than `depth` is left out, as is what has no JSON form."""
    if isinstance(value, str):
        return lossy_text(str(value))
    if value is None or isinstance(value, (bool, *_WRITTEN_AS_THEY_ARE)):
        return value
    if isinstance(value, int):
        return _narrow(int(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        if depth <= 0:
            return LEFT_OUT
        return {lossy_text(str(key)): lossy(entry, depth - 1, default) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [lossy(entry, depth - 1, default) for entry in value] if depth > 0 else LEFT_OUT
    try:
        return lossy_text(str(value if default is None else default(value)))
    except Exception:  # noqa: BLE001 (a text of any object: its own code says what comes)
        return f"<{type(value).__name__}>"


def narrowed(value: Any, depth: int = _DEEPEST) -> Any:
    """Return a value in which whole numbers of more than 64 bits are as JavaScript has them."""
    if isinstance(value, int):
        return _narrow(value)
    if depth <= 0:
        return value  # too deep anyway
    if isinstance(value, dict):
        return {key: narrowed(entry, depth - 1) for key, entry in value.items()}
    return [narrowed(entry, depth - 1) for entry in value] if isinstance(value, (list, tuple)) else value


def _narrow(value: int) -> Any:
    if isinstance(value, bool) or -(2**63) <= value < 2**64:
        return value
    try:
        return float(value)
    except OverflowError:
        return None

"""From what user code returns to items, as JSON."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import math
import types
import uuid
from collections.abc import Callable
from typing import Any

MOST_DEPTH = 200
_KEYS = {"json", "binary", "pairedItem"}


class NoResult(Exception):
    """User code returned what cannot be items."""

    kind = "result"


class Unstorable(NoResult):
    """User code returned what JSON cannot hold: half of a surrogate pair, or more levels than can be written."""

    kind = "unstorable"


def items_of(result: Any) -> list[dict[str, Any]]:
    """Return a result as items: items, plain objects, or one of either; nothing is none. Raises: NoResult."""
    if result is None:
        return []
    if isinstance(result, (list, tuple, types.GeneratorType)):
        return [_item(entry) for entry in result]
    return [_item(result)]


def _item(entry: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(entry) and not isinstance(entry, type):
        entry = dataclasses.asdict(entry)
    if not isinstance(entry, dict):
        raise NoResult(f"Items or objects are to be returned, not {type(entry).__name__}")
    if isinstance(entry.get("json"), dict) and set(entry) <= _KEYS:
        return entry
    return {"json": entry}


def printable(text: str) -> str:
    """Return a text that can be written: U+FFFD stands for halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:  # any other codec would have to be read from a file
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


def as_json(value: Any) -> bytes:
    """Write a value as JSON. Raises: NoResult, Unstorable."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, OverflowError, RecursionError):
        text = _carefully(value)
    try:
        return text.encode()
    except UnicodeEncodeError as exc:
        raise Unstorable("The result cannot be stored: text may not hold half of a surrogate pair") from exc


def _carefully(value: Any) -> str:
    """Write what is not JSON as it stands: dates, decimals, sets, numbers that are none."""
    try:
        return json.dumps(_plain(value, 0), ensure_ascii=False, allow_nan=False)
    except RecursionError as exc:
        raise Unstorable("The result is nested too deep") from exc
    except (TypeError, ValueError, OverflowError) as exc:
        raise NoResult(f"The result cannot be written as JSON: {exc}"[:500]) from exc


def _plain(value: Any, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise Unstorable("The result is nested too deep")
    if value is None or type(value) in (bool, str, int):
        return value
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(entry, depth + 1) for entry in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value), depth + 1)
    for kind, write in _WRITTEN:
        if isinstance(value, kind):
            return write(value)
    raise NoResult(f"A value of type {type(value).__name__} cannot be returned")


def _number(value: decimal.Decimal) -> Any:
    return int(value) if value == value.to_integral_value() else float(value)


_WRITTEN: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (enum.Enum, lambda value: _plain(value.value, 0)),
    (float, lambda value: float(value) if math.isfinite(value) else None),
    (int, int),
    (str, str),
    ((datetime.datetime, datetime.date, datetime.time), lambda value: value.isoformat()),
    (datetime.timedelta, lambda value: value.total_seconds()),
    (decimal.Decimal, _number),
    (uuid.UUID, str),
)

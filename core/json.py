"""JSON in and out: strict where it comes in, fast where it goes out."""

from collections.abc import Callable
from typing import Any

import orjson

Json = Any  # a JSON value; writing it out as a recursive union makes every dict access a cast

_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS


class NotStorable(ValueError):
    """A value that JSON or PostgreSQL's text cannot hold."""


def loads(raw: bytes | str) -> Json:
    """Read JSON. Raises: NotStorable for anything that is not JSON or that PostgreSQL could not store."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise NotStorable(f"{exc.msg} at line {exc.lineno}, column {exc.colno}") from exc
    nul = b"\\u0000" if isinstance(raw, (bytes, bytearray, memoryview)) else "\\u0000"
    if nul in raw and b"\\u0000" in orjson.dumps(value):  # type: ignore[operator]
        raise NotStorable("text may not hold the character U+0000")
    return value


def dumps(value: Json) -> bytes:
    """Write JSON; NaN and Infinity become null. Raises: NotStorable."""
    try:
        raw = written(value, option=_STRICT)
    except TypeError as exc:
        raise NotStorable(str(exc)) from exc
    if b"\\u0000" in raw and _holds_nul(value):
        raise NotStorable("text may not hold the character U+0000")
    return raw


def canonical(value: Json) -> bytes:
    """Write JSON with sorted keys, so that equal values give equal bytes."""
    return written(value, option=orjson.OPT_SORT_KEYS)


def written(value: Json, *, option: int = 0, default: Callable[[Any], Any] | None = None) -> bytes:
    """Write JSON; whole numbers of more than 64 bits are written as JavaScript has them. Raises: TypeError.

    PostgreSQL keeps 1e20 as a whole number, so such come back from it.
    """
    try:
        return orjson.dumps(value, option=option, default=default)
    except TypeError as exc:
        if "64-bit" not in str(exc):
            raise
    return orjson.dumps(_narrowed(value), option=option, default=default)


def _narrowed(value: Json) -> Json:
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        try:
            return float(value)
        except OverflowError:
            return None
    if isinstance(value, dict):
        return {key: _narrowed(entry) for key, entry in value.items()}
    return [_narrowed(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def fragment(raw: bytes) -> orjson.Fragment:
    """Wrap what is JSON already, to be written into a larger value as it is."""
    return orjson.Fragment(raw)


def _holds_nul(value: Json) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in key or _holds_nul(entry) for key, entry in value.items())
    return isinstance(value, (list, tuple)) and any(_holds_nul(entry) for entry in value)

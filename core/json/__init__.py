"""The one encoder and the one decoder of JSON: strict where values come in, quick where they are what they should be.

A value is what a workflow works on: a run's input, a field of an item, an answer, a parameter. It may be nested
`MAX_DEPTH` levels deep; what we wrap around it (items, bodies, rows, events) has `ENVELOPE` levels more.

dumps, loads          refuse what cannot be stored, and name the place
dumps_lossy           for what has to be written whatever it holds: rows of the journal, errors, logs, events
dumps_own, loads_own  for what is ours, and known to be fit
dumps_text            for people
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from core.json.faults import NotStorable, TooDeep, TooHeavy, refusal
from core.json.limits import ITEM_DEPTH, MAX_DEPTH, WHOLE_DEPTH
from core.json.mending import lossy, lossy_text, narrowed
from core.json.not_a_number import holds_not_a_number, without_not_a_number
from core.json.weight import is_too_heavy

__all__ = [
    "ITEM_DEPTH", "MAX_DEPTH", "WHOLE_DEPTH", "Json", "NotStorable", "TooDeep", "TooHeavy", "ascii_text", "beginning",
    "canonical", "check", "dumps", "dumps_lossy", "dumps_own", "dumps_text", "fragment", "holds_not_a_number", "loads",
    "loads_own", "lossy", "lossy_text", "storable", "text_pieces", "without_not_a_number", "written",
]  # fmt: skip

Json = Any  # a JSON value; writing it out as a recursive union makes every dict access a cast

_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
MANY = 30  # parts; where they are objects, there are nearly as many brackets as a value may be deep
COUNTED = 64 * 1024  # bytes; a longer JSON has too many brackets anyhow


def loads(raw: bytes | bytearray | memoryview | str, *, depth: int = WHOLE_DEPTH) -> Json:
    """Read JSON. Raises: NotStorable for what is no JSON, cannot be stored, is too deep or too heavy."""
    if is_too_heavy(raw):
        raise TooHeavy
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        place = f"line {exc.lineno}, column {exc.colno}"
        raise TooDeep(place) if "depth" in exc.msg else NotStorable(f"{exc.msg} at {place}") from exc
    try:
        if may_be_deeper(raw, depth):
            _written_to_depth(value, depth)
    except TypeError as exc:
        raise refusal(value, depth) from exc
    nul = "\\u0000" if isinstance(raw, str) else b"\\u0000"
    if nul in raw and holds_nul(value):
        raise refusal(value, depth)
    return value


def loads_own(raw: bytes | memoryview | str) -> Json:
    """Read what this encoder wrote; nothing is looked at. Raises: ValueError."""
    return orjson.loads(raw)


def dumps_own(value: Json) -> bytes:
    """Write what is known to be fit; nothing is looked at. Raises: TypeError."""
    return orjson.dumps(value)


def dumps_text(value: Json, *, indent: int | str | None = None, is_compact: bool = False) -> str:
    """Write JSON as people read it, with numbers and characters as they are. Raises: NotStorable."""
    try:
        return "".join(text_pieces(value, indent=indent, is_compact=is_compact))
    except RecursionError as exc:
        raise TooDeep from exc
    except (TypeError, ValueError) as exc:
        raise NotStorable(str(exc)) from exc


def dumps(value: Json, *, depth: int = WHOLE_DEPTH) -> bytes:
    """Write JSON; NaN and Infinity become null. Raises: NotStorable."""
    return storable(value, depth=depth)[1]


def storable(value: Json, *, depth: int = WHOLE_DEPTH) -> tuple[Json, bytes]:
    """Return a value as it reads when it was stored, and its JSON. Raises: NotStorable.

    Only whole numbers of more than 64 bits make it another value. What is large is looked at and written in one.
    """
    if not _looks_large(value):
        try:
            raw = orjson.dumps(value, option=_STRICT)
        except TypeError:
            pass
        else:
            if b"\\" not in raw and not may_be_deeper(raw, depth):
                return value, raw
    return _storable_with_care(value, depth)


def _storable_with_care(value: Json, depth: int) -> tuple[Json, bytes]:
    try:
        raw = _written_to_depth(value, depth)
    except TypeError as exc:
        if "64-bit" not in str(exc):
            raise refusal(value, depth) from exc
        value = narrowed(value)
        try:
            raw = _written_to_depth(value, depth)
        except TypeError as again:
            raise refusal(value, depth) from again
    if may_hold_nul(raw) and holds_nul(value):
        raise refusal(value, depth)
    return value, raw


def dumps_lossy(value: Json) -> bytes:
    """Write JSON whatever it holds: what cannot be stored is replaced, what lies too deep is left out. Never raises."""
    try:
        raw = orjson.dumps(value)
    except TypeError:
        return orjson.dumps(lossy(value, WHOLE_DEPTH))
    # A tuple may be written one level deeper than anything is read.
    is_unfit = may_hold_nul(raw) or may_be_deeper(raw, ORJSON_DEPTH)
    return orjson.dumps(lossy(value, WHOLE_DEPTH)) if is_unfit else raw


def text_pieces(value: Json, *, indent: int | str | None = None, is_compact: bool = False) -> Iterator[str]:
    """Yield JSON as people read it; with an indent piece by piece, as a deep value is mostly margin."""
    separators = (",", ":") if is_compact and not indent else None
    encoder = json.JSONEncoder(ensure_ascii=False, indent=indent or None, separators=separators)
    yield from encoder.iterencode(value) if indent else (encoder.encode(value),)


def beginning(value: Json, most: int) -> str:
    """Write the beginning of JSON as people read it, of so many characters; what follows is not written."""
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        text += piece[:most]
        if len(text) >= most:
            break
    return text[:most]


def ascii_text(value: Json) -> str:
    """Write JSON as many programs do, with all but ASCII escaped."""
    return json.dumps(value)


def canonical(value: Json) -> bytes:
    """Write JSON with sorted keys, so that equal values give equal bytes. Never raises."""
    return written(value, option=orjson.OPT_SORT_KEYS)


def written(value: Json, *, option: int = 0, default: Callable[[Any], Any] | None = None) -> bytes:
    """Write JSON for a reader outside; what JSON cannot hold is replaced. Never raises.

    Whole numbers of more than 64 bits are written as JavaScript has them: PostgreSQL keeps 1e20 as a whole number.
    """
    try:
        return orjson.dumps(value, option=option, default=default)
    except TypeError:
        return orjson.dumps(lossy(value, WHOLE_DEPTH, default), option=option, default=default)


def check(value: Json, *, depth: int = MAX_DEPTH) -> Json:
    """Return a value that can be stored. Raises: NotStorable."""
    return storable(value, depth=depth)[0]


def fragment(raw: bytes) -> orjson.Fragment:
    """Wrap what is JSON already, to be written into a larger value as it is."""
    return orjson.Fragment(raw)


# -- how deep, whether NUL --------------------------------------------------------------------------------------------
def _looks_large(value: Json) -> bool:
    """Tell whether a value has so many parts that it would be written twice if its depth was looked at afterwards."""
    if isinstance(value, list):
        return len(value) > MANY
    if isinstance(value, dict):
        for one in value.values():
            if isinstance(one, (list, dict)) and len(one) > MANY:
                return True
    return False


def _written_to_depth(value: Json, depth: int) -> bytes:
    """Write JSON, or raise TypeError where it is deeper: orjson knows one limit, and lists around make it ours."""
    around = ORJSON_DEPTH - depth
    if around <= 0:
        return orjson.dumps(value, option=_STRICT)
    known = _nests.by_size.get(around)
    if known is None:
        inmost: list[Json] = [None]
        outmost = inmost
        for _ in range(around - 1):
            outmost = [outmost]
        known = _nests.by_size[around] = outmost, inmost
    outmost, inmost = known
    inmost[0] = value
    try:
        return orjson.dumps(outmost, option=_STRICT)[around:-around]
    finally:
        inmost[0] = None


def may_be_deeper(raw: bytes | bytearray | memoryview | str, depth: int) -> bool:
    """Tell whether JSON has brackets enough to be deeper; those of a long one are not counted."""
    if len(raw) <= 2 * depth:  # each level opens and closes
        return False
    if len(raw) > COUNTED or isinstance(raw, memoryview):
        return True
    if isinstance(raw, str):
        return raw.count("[") + raw.count("{") > depth
    return raw.count(b"[") + raw.count(b"{") > depth


def may_hold_nul(raw: bytes) -> bool:
    r"""Tell whether JSON may hold U+0000; `\\u0000` is another text."""
    return b"\\" in raw and b"\\u0000" in raw  # one byte is found ten times as fast


def holds_nul(value: Json) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in key or holds_nul(entry) for key, entry in value.items())
    return isinstance(value, (list, tuple)) and any(holds_nul(entry) for entry in value)


class _Nests(threading.local):
    """Lists in lists, by how many there are; each thread has its own, as a value is put into the inmost."""

    def __init__(self) -> None:
        self.by_size: dict[int, tuple[list[Json], list[Json]]] = {}


def _orjson_depth() -> int:
    value: Json = 0
    for depth in range(1000):
        try:
            orjson.dumps(value)
        except TypeError:
            return depth - 1
        value = [value]
    return 999


_nests = _Nests()
ORJSON_DEPTH = _orjson_depth()

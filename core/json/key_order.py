"""Whether PostgreSQL's jsonb would put the keys of a value in another order than they are in.

It keeps the members of an object by the length of their names in bytes, and then by those bytes.
"""

from __future__ import annotations

from typing import Any

from core.json import dumps, loads_own


def is_in_stored_order(value: Any) -> bool:
    """Tell whether a value is read back as it is, with all keys of its objects in their order."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(entry for entry in one if isinstance(entry, (dict, list)))
        elif isinstance(one, dict):
            before = b""
            for name, entry in one.items():
                key = name.encode("utf-8", "surrogatepass")
                if (len(key), key) < (len(before), before):
                    return False
                before = key
                if isinstance(entry, (dict, list)):
                    waiting.append(entry)
    return True


AS_WRITTEN = "$as_written"  # beside the members of an object: its JSON, with its keys in their order


def noted(value: Any) -> Any:
    """Return a value as it is stored: what the database would put in another order has its text beside it.

    A process of an earlier release sees one member more. What it changes meanwhile counts, and the text does not.
    """
    if isinstance(value, list):
        return [noted(entry) for entry in value]
    if not isinstance(value, dict) or is_in_stored_order(value):
        return value
    return {**value, AS_WRITTEN: dumps(value).decode()}


def as_written(value: Any) -> Any:
    """Return a stored value with the keys of its objects in the order in which they were written."""
    if isinstance(value, list):
        return [as_written(entry) for entry in value]
    text = value.get(AS_WRITTEN) if isinstance(value, dict) else None
    if not isinstance(text, str):
        return value
    known = {name: entry for name, entry in value.items() if name != AS_WRITTEN}
    try:
        written = loads_own(text)
    except ValueError:
        return value
    if not isinstance(written, dict):
        return value
    own = {name: entry for name, entry in written.items() if name != AS_WRITTEN}
    return written if _are_alike(own, known) else known


def _are_alike(one: Any, other: Any) -> bool:
    """Tell whether two values are the same but for the order of keys and how a number is written."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_are_alike(entry, other[name]) for name, entry in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_are_alike, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return one == other or (isinstance(other, (int, float)) and float(one) == float(other))
    return bool(one == other) and type(one) is type(other)

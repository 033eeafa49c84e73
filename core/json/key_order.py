"""Whether PostgreSQL's jsonb would put the keys of a value in another order than they are in.

It keeps the members of an object by the length of their names in bytes, and then by those bytes.
"""

from __future__ import annotations

from typing import Any


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

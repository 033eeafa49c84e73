"""Reading what is stored, for a child."""

from __future__ import annotations

from typing import Any

from core.database.compression import unpack
from core.json import loads, loads_own


def value_of(stored: bytes) -> Any:
    """Return the value of what is stored. Raises: NotStorable."""
    return loads(unpack(stored))


def reply_of(raw: bytes) -> Any:
    """Return what user code replied with. Raises: ValueError."""
    return loads_own(raw)

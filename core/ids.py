"""Ids of rows: time-ordered, so that new rows land at the end of an index."""

import secrets
import time
from datetime import datetime
from uuid import UUID


def new_id() -> UUID:
    """Return a version 7 UUID; who knows others of this process cannot guess it. Source: RFC 9562, section 5.7."""
    return _id(time.time_ns() // 1_000_000, secrets.randbits(80))


def first_id(moment: datetime) -> UUID:
    """Return an id that is below all that are made from this moment on, and above those made before."""
    return _id(max(int(moment.timestamp() * 1000), 0), 0)


def _id(unix_ms: int, rest: int) -> UUID:
    value = unix_ms << 80 | rest
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    return UUID(int=value & ~(0xC000 << 48) | 0x8000 << 48)

"""Ids of rows: time-ordered, so that new rows land at the end of an index."""

import random
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a version 7 UUID. Source: RFC 9562, section 5.7."""
    value = (time.time_ns() // 1_000_000) << 80 | random.getrandbits(80)
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    return UUID(int=value & ~(0xC000 << 48) | 0x8000 << 48)

"""What work on users' data would take on the event loop, in milliseconds, told before it is done.

The figures were measured; they are rough, and err towards a process of its own. What is not linear in its input is
counted, not measured, or always too much.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.values.size import is_small, json_size

UNBOUNDED_MS = 1e9
LARGE_MS = 50.0  # of a value that takes more than a megabyte of memory
_MB = 1_000_000


def of_text(text: str | bytes, ms_per_mb: float) -> float:
    """Return what reading a text takes."""
    return of_bytes(len(text), ms_per_mb)


def of_bytes(count: int, ms_per_mb: float) -> float:
    return count * ms_per_mb / _MB


def of_items(count: int, us_each: float) -> float:
    """Return what looking at so many items takes."""
    return count * us_each / 1000


def of_value(value: Any) -> float:
    """Return what walking through a whole value takes: little, or who knows how much."""
    return 0.0 if is_small(value) else LARGE_MS


def of_slow_value(value: Any, ms_per_mb: float) -> float:
    """Return what work on each part of a value takes, by its size as JSON."""
    return of_bytes(json_size(value, _MB), ms_per_mb) if is_small(value) else LARGE_MS


def of_pairs(sides: Sequence[Sequence[Any]]) -> float:
    """Return what bringing two lists together takes, at worst."""
    items = sum(map(len, sides))
    pairs = len(sides[0]) * len(sides[1]) if len(sides) == 2 else 0
    return of_items(items, 6) + of_items(pairs, 3)

"""Chance in times: what failed or waits together is not to come back together."""

from __future__ import annotations

import random


def between(least: float, most: float) -> float:
    """Return a number somewhere between two."""
    return random.uniform(least, most)  # noqa: S311 (nothing secret hangs on it)

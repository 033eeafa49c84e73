"""How much tests of many cases try: a sample of them in `make test`, all of them in `make chaos`.

What is left out of a sample is more of the same kind.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")
TRIES_ALL = os.environ.get("HEDDLE_TEST_ALL", "") == "1"
SHARE = 4


def examples(count: int) -> int:
    """Return how many examples a property is tried with, of those of `make chaos`."""
    return count if TRIES_ALL else -(-count // SHARE)


def sample(cases: Sequence[T], kind: Callable[[T], Hashable], of_each: int = 1, *, seed: int = 1) -> list[T]:
    """Return so many cases of each kind in their order, or all of them in `make chaos`; the same ones each time."""
    if TRIES_ALL:
        return list(cases)
    by_kind: dict[Hashable, list[int]] = {}
    for at, case in enumerate(cases):
        by_kind.setdefault(kind(case), []).append(at)
    chance = random.Random(seed)
    chosen = {at for places in by_kind.values() for at in chance.sample(places, min(of_each, len(places)))}
    return [cases[at] for at in sorted(chosen)]

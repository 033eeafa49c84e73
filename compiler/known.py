"""What was made of texts and definitions lately: kept for a while, and only as much as memory was set aside for it.

Counted is about what a thing takes in memory, not how many there are: one expression may take three hundred times its
text, and one node may hold a value of megabytes.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 10_000  # things of one cache, however small
KEPT_S = 3600.0
A_BODY, A_SIGN = 1000, 350  # bytes, for an expression, and for each operator, bracket or dot of it: a node of a tree
_SIGNS = re.compile(r"[^\w\s]")


def expression_weight(text: str) -> int:
    """Return about how many bytes the tree and the closure of an expression take."""
    return A_BODY + 2 * len(text) + A_SIGN * _SIGNS.subn("", text)[1]


class Known(Generic[K, V]):
    """Things by what they were made of, those used last; all together weigh no more than `most_bytes`.

    What weighs more than half of that is not kept: it would leave no room for anything else.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.weight = 0
        self._entries: OrderedDict[K, tuple[float, int, V]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if time.monotonic() - entry[0] > KEPT_S:
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return entry[2]

    def put(self, key: K, made: V, weight: int) -> None:
        """Keep a thing that takes so many bytes, in place of those that were used longest ago."""
        if weight > self.most_bytes // 2:
            return
        with self._lock:
            self._drop(key)
            if self._is_full(weight):
                self._drop_old()
            while self._is_full(weight):
                self._drop(next(iter(self._entries)))
            self._entries[key] = (time.monotonic(), weight, made)
            self.weight += weight

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.weight = 0

    def _is_full(self, more: int) -> bool:
        return bool(self._entries) and (self.weight + more > self.most_bytes or len(self._entries) >= MOST)

    def _drop_old(self) -> None:
        oldest = time.monotonic() - KEPT_S
        for key in [key for key, (made_at, _, _) in self._entries.items() if made_at < oldest]:
            self._drop(key)

    def _drop(self, key: K) -> None:
        dropped = self._entries.pop(key, None)
        if dropped is not None:
            self.weight -= dropped[1]


def remembered(make: Callable[[str], V], most_bytes: int, weigh: Callable[[str], int]) -> Callable[[str], V]:
    """Wrap what makes something of a text, so that it is made once while it is known. What it raises is not kept."""
    known: Known[str, V] = Known(most_bytes)

    def once(text: str) -> V:
        made = known.get(text)
        if made is None:
            made = make(text)
            known.put(text, made, weigh(text))
        return made

    return once

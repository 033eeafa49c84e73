"""What one node run may make: so many items, so many bytes of JSON. Both are counted while it makes them."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

from core.values.size import SLICE, SMALL, Sizes, TooLarge, is_small, json_size
from nodes.base import NodeFailed, NodeResult
from nodes.items import Item, Items

MOST_ITEMS = 1_000_000
MOST_BYTES = 64 * 2**20
MOST_RUNS = 10_000  # that one step may start: they are queued in one statement, which others of the process wait for
MOST_ESCAPED = 6  # bytes of JSON that one byte in memory can become
UNCOUNTED_S = 0.005  # no longer goes what is made uncounted: memory fills at some MiB in a millisecond


class Making:
    """What one turn of a node is making: the budgets that are counted in it, as long as anybody holds them."""

    def __init__(self) -> None:
        self._budgets: WeakSet[Budget] = WeakSet()
        self.arriving = 0  # bytes of replies that are on their way

    def add(self, budget: Budget) -> None:
        self._budgets.add(budget)

    @property
    def made(self) -> int:
        """How many bytes were counted so far in what is not handed on yet."""
        return self.arriving + sum(budget.made for budget in self._budgets)


MAKING: ContextVar[Making | None] = ContextVar("making", default=None)


@contextmanager
def arriving() -> Generator[Callable[[int], None], None, None]:
    """Give what is told of bytes that come in for the turn at work; they count until all are there."""
    making = MAKING.get() or Making()
    before = 0

    def more(size: int) -> None:
        nonlocal before
        before += size
        making.arriving += size

    try:
        yield more
    finally:
        making.arriving -= before


class Budget:
    """Counts what a node makes. Values that stand in several places count in each.

    Raises: NodeFailed "items_limit", "invalid_output".
    """

    def __init__(self) -> None:
        self.items = 0
        self._sizes = Sizes(MOST_BYTES)
        self._measured: list[Any] = []  # what was counted stays as it is until all is: the sizes know it by identity
        self._waiting: Items = []
        self._since = time.monotonic()
        making = MAKING.get()
        if making is not None:
            making.add(self)

    @property
    def size(self) -> int:
        """How many bytes what was counted takes as JSON."""
        self.settle()
        return self._sizes.total

    @property
    def made(self) -> int:
        """How many bytes were counted so far."""
        return self._sizes.total

    def take(self, item: Item) -> Item:
        """Count an item, together with others that follow soon."""
        if self.put(item):
            self.settle()
        return item

    def put(self, item: Item) -> bool:
        """Note an item that is to be counted; returns whether it is time to `settle`."""
        self._waiting.append(item)
        return len(self._waiting) >= SLICE or time.monotonic() - self._since > UNCOUNTED_S

    @property
    def is_light(self) -> bool:
        """Whether what waits to be counted is counted in no time."""
        return is_small(self._waiting)

    def take_all(self, items: Iterable[Item]) -> Items:
        """Return items as a list, counted while they are made."""
        made = [self.take(item) for item in items]
        self.settle()
        return made

    def part(self, value: Any) -> Any:
        """Count a part of an item that is still being made, which will not be taken itself."""
        self.settle()
        self._measured.append(value)
        try:
            self._sizes.add(value)
        except (TooLarge, RecursionError) as exc:
            raise _refusal(exc) from None
        return value

    def expect(self, items: int, size: int = 0) -> None:
        """Refuse so many items, of so many bytes together, before the first is made."""
        if self.items + len(self._waiting) + items > MOST_ITEMS:
            raise NodeFailed("items_limit", f"The node makes more than {MOST_ITEMS:,} items", limit=MOST_ITEMS)
        if size > MOST_BYTES:
            raise too_large()

    def add(self, items: int, size: int) -> None:
        """Count what was measured where it was made."""
        self.expect(items)
        self.items += items
        try:
            self._sizes.count(size)
        except TooLarge:
            raise too_large() from None

    def close(self) -> None:
        """Count what is left, which is light; where that is all, it is enough to know so."""
        if self._sizes.total or MOST_BYTES < MOST_ESCAPED * SMALL:
            self.settle()

    def settle(self) -> None:
        """Count all that was taken."""
        some, self._waiting = self._waiting, []
        if not some:
            return
        self.expect(len(some))
        self.items += len(some)
        self._measured.extend(some)
        try:
            self._sizes.add_each(some)
        except (TooLarge, RecursionError) as exc:
            raise _refusal(exc) from None
        self._since = time.monotonic()


def counted(items: Iterable[Item], handle: str = "main") -> NodeResult:
    """Return a result of items that are counted while they are made. Raises: NodeFailed."""
    budget = Budget()
    made = budget.take_all(items)
    return NodeResult({handle: made}, size=budget.size)


def check_size(value: Any, what: str = "value") -> Any:
    """Return a value that is small enough to be written. Raises: NodeFailed "invalid_output"."""
    try:
        if json_size(value, MOST_BYTES) <= MOST_BYTES:
            return value
    except RecursionError as exc:
        raise _refusal(exc) from None
    raise NodeFailed("invalid_output", f"The {what} would be larger than {MOST_BYTES // 2**20} MiB", limit=MOST_BYTES)


class GrowingText(io.TextIOBase):
    """A text that is written piece by piece, and may not become larger than an output."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._left = MOST_BYTES

    def write(self, piece: str) -> int:
        """Put a piece behind the others. Raises: NodeFailed "invalid_output"."""
        self._left -= len(piece)
        if self._left < 0:
            raise too_large()
        self._pieces.append(piece)
        return len(piece)

    def __str__(self) -> str:
        return "".join(self._pieces)


def too_large() -> NodeFailed:
    """Return the failure of an output that is larger than allowed."""
    return NodeFailed("invalid_output", f"The output is larger than {MOST_BYTES // 2**20} MiB", limit=MOST_BYTES)


def _refusal(exc: BaseException) -> NodeFailed:
    return too_large() if isinstance(exc, TooLarge) else NodeFailed("invalid_output", "The output is nested too deep")

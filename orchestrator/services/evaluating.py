"""Evaluating users' expressions in this process: within a time, and never so many at once that they take it whole.

Most take less than a millisecond. One that computes for longer than `FREE_S` goes on in one of two places, of which an
owner holds at most one; the time runs while it waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Any

from compiler.expressions import ExpressionFailed
from compiler.expressions.limits import Budget, watched
from core.blocking_places import BlockingPlaces
from core.errors import RateLimited
from core.values.size import json_size

FREE_S = 0.02  # of processor time
MOST_SEARCHED = 10_000_000  # characters by instructions of a pattern, for one search: half a second at worst
SMALL_BYTES = 64 * 1024  # of a definition: some ten milliseconds
COMPILING_WAIT_S = 20.0
COMPILING = BlockingPlaces(2)
LONG = BlockingPlaces(2)  # so one is the most that an owner may hold


class TooManyCompilations(RateLimited):
    retry_in_s = 5


@contextmanager
def large_work(owner: Hashable, value: Any) -> Generator[None, None, None]:
    """Hold a place while a large definition is compiled, checked or drawn: one of an owner at once.

    Raises: TooManyCompilations where none is free for long.
    """
    if json_size(value, SMALL_BYTES) <= SMALL_BYTES:
        yield
        return
    if not COMPILING.take(owner, COMPILING_WAIT_S):
        raise TooManyCompilations("Too many large workflows are compiled at once", scope="compilations")
    try:
        yield
    finally:
        COMPILING.give_back(owner)


class Watch:
    """Looks in on the evaluations of one call, in its thread."""

    def __init__(
        self,
        owner: Hashable,
        limit_s: float,
        spent_s: Callable[[], float],
        wait_s: float | None,
        places: BlockingPlaces,
    ) -> None:
        self._owner = owner
        self._wait_s = wait_s
        self._limit_s = limit_s
        self._spent_s = spent_s
        self._end_s = spent_s() + limit_s
        self._places = places
        self._free_until_s = time.thread_time() + FREE_S
        self._has_place = False

    @property
    def is_over(self) -> bool:
        return self._spent_s() >= self._end_s

    def check(self) -> None:
        """Let it go on. Raises: ExpressionFailed when the time is over."""
        if not self._has_place and time.thread_time() > self._free_until_s:
            self.take_place()
        if self.is_over:
            raise self._too_long()

    def take_place(self) -> None:
        """Go on among the long ones. Raises: ExpressionFailed when no place is free in time."""
        if not self._has_place:
            wait_s = self._end_s - self._spent_s() if self._wait_s is None else self._wait_s
            self._has_place = self._places.take(self._owner, wait_s)
            if not self._has_place:
                raise self._too_long()

    def refuse(self) -> None:
        """Refuse one step of unknown length. Raises: ExpressionFailed."""
        raise ExpressionFailed("one step of the expression takes too long outside of a run", "expression_limit")

    def leave(self) -> None:
        if self._has_place:
            self._places.give_back(self._owner)

    def _too_long(self) -> ExpressionFailed:
        return ExpressionFailed(f"the expression takes more than {self._limit_s:g} s", "expression_limit")


class WatchedBudget(Budget):
    """Lets single steps go on that take a while but not too long: nobody can look in on them."""

    __slots__ = ()

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.leave = watch.take_place

    def search(self, cost: int) -> None:
        if cost > MOST_SEARCHED:
            raise ExpressionFailed("one search of the expression takes too long outside of a run", "expression_limit")
        super().search(cost)


@contextmanager
def bounded(
    owner: Hashable,
    limit_s: float,
    *,
    spent_s: Callable[[], float] = time.monotonic,
    wait_s: float | None = None,
    places: BlockingPlaces = LONG,
) -> Generator[Watch, None, None]:
    """Bound all that is evaluated in this thread meanwhile, together.

    `spent_s` is the clock that the limit is of, `wait_s` how long it may wait for a place; else what is left.
    """
    watch = Watch(owner, limit_s, spent_s, wait_s, places)
    try:
        with watched(watch.check, watch.refuse):
            yield watch
    finally:
        watch.leave()

"""Evaluating users' expressions in this process: within a time, and never so many at once that they take it whole.

Most take less than a millisecond. One that computes for longer than `FREE_S` goes on in one of two places, of which an
owner holds at most one; the time runs while it waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager

from compiler.expressions import ExpressionFailed
from compiler.expressions.limits import watched
from core.fairness.blocking_places import BlockingPlaces

FREE_S = 0.02  # of processor time
MOST_SEARCHED = 10_000_000  # characters by instructions of a pattern, for one search: half a second at worst
LONG = BlockingPlaces(2)  # so one is the most that an owner may hold


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

    def before_a_step(self, cost: int) -> None:
        """Let one step of some length go on among the long ones. Raises: ExpressionFailed, for one that is too long."""
        refuse_too_long(cost)
        self.take_place()

    def leave(self) -> None:
        if self._has_place:
            self._places.give_back(self._owner)

    def _too_long(self) -> ExpressionFailed:
        return ExpressionFailed(f"the expression takes more than {self._limit_s:g} s", "expression_limit")


def refuse_too_long(cost: int) -> None:
    """Refuse one step in which nobody could look in for long. Raises: ExpressionFailed."""
    if cost > MOST_SEARCHED:
        raise ExpressionFailed("one step of the expression takes too long outside of a run", "expression_limit")


@contextmanager
def in_processor_time(limit_s: float) -> Generator[None, None, None]:
    """Bound what is evaluated in this thread meanwhile by its own processor time alone.

    It waits for nobody, so that the same text on the same value gives the same on a busy process.
    """
    end_s = time.thread_time() + limit_s

    def check() -> None:
        if time.thread_time() >= end_s:
            raise ExpressionFailed(f"the expression takes more than {limit_s:g} s", "expression_limit")

    with watched(check, refuse_too_long):
        yield


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
        with watched(watch.check, watch.before_a_step):
            yield watch
    finally:
        watch.leave()

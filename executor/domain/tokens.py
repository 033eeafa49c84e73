"""Who of a run can still make progress: when nobody can, the run is quiescent.

A token is passed on in the step of the loop in which its holder ends, so zero is never seen while somebody is about to
go on.
"""

from __future__ import annotations

from collections.abc import Callable


def _nobody() -> None:
    """Tell nobody."""


class Tokens:
    """Counts of those who can go on, by holder."""

    def __init__(self) -> None:
        self.total = 0
        self._held: dict[object, int] = {}
        self.on_quiet: Callable[[], None] = _nobody

    def add(self, holder: object, count: int) -> None:
        """Give tokens to a holder, or take some with a negative count."""
        if count:
            self._held[holder] = self._held.get(holder, 0) + count
            self.total += count
            if not self.total:
                self.on_quiet()

    def move(self, giver: object, taker: object) -> None:
        """Hand one token over."""
        self._held[giver] = self._held.get(giver, 0) - 1
        self._held[taker] = self._held.get(taker, 0) + 1

    def release(self) -> None:
        """Forget the holders and who is told."""
        self._held.clear()
        self.on_quiet = _nobody

    def drop(self, holder: object) -> None:
        """Take all tokens of a holder that has ended."""
        self.add(holder, -self._held.get(holder, 0))
        self._held.pop(holder, None)

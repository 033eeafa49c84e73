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


class Lanes:
    """Works side by side under one holder, each with a token; in the end the holder has its own again, and no more.

    Who returns gives its token back. Who fails keeps it: its holder goes on with the failure.
    """

    def __init__(self, tokens: Tokens, holder: object, count: int) -> None:
        self._tokens = tokens
        self._holder = holder
        self._left = max(count, 1)
        tokens.add(holder, self._left - 1)

    def returned(self) -> None:
        """Give back the token of one that has returned; the last one's is the holder's."""
        if self._left > 1:
            self._left -= 1
            self._tokens.add(self._holder, -1)

    def close(self) -> None:
        """Give back the tokens of those that have failed, or never began."""
        if self._left > 1:
            left, self._left = self._left, 1
            self._tokens.add(self._holder, 1 - left)

"""The time limit of a node's attempt: it does not run while the attempt only waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from types import TracebackType

_CURRENT: ContextVar[asyncio.Timeout | None] = ContextVar("node_time", default=None)


class Limited:
    """Lets an attempt take so long. Raises: TimeoutError."""

    def __init__(self, limit_s: float | None) -> None:
        self._timeout = asyncio.timeout(limit_s)
        self._token: Token[asyncio.Timeout | None] | None = None

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._token = _CURRENT.set(self._timeout)

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._token is not None:
            _CURRENT.reset(self._token)
        await self._timeout.__aexit__(kind, exc, traceback)


def left_s(default_s: float) -> float:
    """Return how much of its time the attempt has left; the default where it has no limit."""
    timeout = _CURRENT.get()
    when = timeout.when() if timeout is not None else None
    return default_s if when is None else max(when - asyncio.get_running_loop().time(), 0)


def stopped() -> Callable[[], None]:
    """Stop the clock of the attempt; returns what lets it go on."""
    timeout = _CURRENT.get()
    when = timeout.when() if timeout is not None else None
    if timeout is None or when is None or timeout.expired():
        return lambda: None
    loop = asyncio.get_running_loop()
    left = when - loop.time()
    timeout.reschedule(None)

    def go_on() -> None:
        with suppress(RuntimeError):  # the attempt is over
            timeout.reschedule(loop.time() + left)

    return go_on


@contextmanager
def not_counted() -> Generator[None]:
    """Stop the clock of the attempt: somebody else's work is what it waits for."""
    go_on = stopped()
    try:
        yield
    finally:
        go_on()

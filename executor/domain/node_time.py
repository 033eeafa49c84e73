"""The time limit of a node's attempt: it does not run while the attempt only waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from types import TracebackType

# The limits that what is at work has to keep: first its node's, then that of a tool of it, and so on.
_CURRENT: ContextVar[tuple[asyncio.Timeout, ...]] = ContextVar("node_time", default=())
ALL = slice(None)
OF_NODE = slice(1)
OF_TOOLS = slice(1, None)


class Limited:
    """Lets an attempt take so long; one of a tool within the time of its node. Raises: TimeoutError."""

    def __init__(self, limit_s: float | None) -> None:
        self._timeout = asyncio.timeout(limit_s)
        self._token: Token[tuple[asyncio.Timeout, ...]] | None = None

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._token = _CURRENT.set((*_CURRENT.get(), self._timeout))

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._token is not None:
            _CURRENT.reset(self._token)
        await self._timeout.__aexit__(kind, exc, traceback)


def left_s(default_s: float) -> float:
    """Return how much of its time the attempt has left; the default where it has no limit."""
    moments = [when for timeout in _CURRENT.get() if (when := timeout.when()) is not None]
    return max(min(moments) - asyncio.get_running_loop().time(), 0) if moments else default_s


def stopped(which: slice = ALL) -> Callable[[], None]:
    """Stop the clocks of the attempt, or some of them; returns what lets them go on."""
    going = [_stopped(timeout) for timeout in _CURRENT.get()[which]]

    def go_on() -> None:
        for one in going:
            one()

    return go_on


def _stopped(timeout: asyncio.Timeout) -> Callable[[], None]:
    when = timeout.when()
    if when is None or timeout.expired():
        return lambda: None
    loop = asyncio.get_running_loop()
    left = when - loop.time()
    timeout.reschedule(None)

    def go_on() -> None:
        with suppress(RuntimeError):  # the attempt is over
            timeout.reschedule(loop.time() + left)

    return go_on


@contextmanager
def not_counted(which: slice = ALL) -> Generator[None]:
    """Stop the clocks of the attempt: somebody else's work is what it waits for."""
    go_on = stopped(which)
    try:
        yield
    finally:
        go_on()

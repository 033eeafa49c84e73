"""The time limit of a node's attempt: it does not run while the attempt only waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar

_CURRENT: ContextVar[asyncio.Timeout | None] = ContextVar("node_time", default=None)


@asynccontextmanager
async def limited(limit_s: float | None) -> AsyncIterator[None]:
    """Let an attempt take so long. Raises: TimeoutError."""
    async with asyncio.timeout(limit_s) as timeout:
        token = _CURRENT.set(timeout)
        try:
            yield
        finally:
            _CURRENT.reset(token)


def left_s(default_s: float) -> float:
    """Return how much of its time the attempt has left; the default where it has no limit."""
    timeout = _CURRENT.get()
    when = timeout.when() if timeout is not None else None
    return default_s if when is None else max(when - asyncio.get_running_loop().time(), 0)


@contextmanager
def not_counted() -> Iterator[None]:
    """Stop the clock of the attempt: somebody else's work is what it waits for."""
    timeout = _CURRENT.get()
    when = timeout.when() if timeout is not None else None
    if timeout is None or when is None or timeout.expired():
        yield
        return
    loop = asyncio.get_running_loop()
    left = when - loop.time()
    timeout.reschedule(None)
    try:
        yield
    finally:
        with suppress(RuntimeError):  # the attempt is over
            timeout.reschedule(loop.time() + left)

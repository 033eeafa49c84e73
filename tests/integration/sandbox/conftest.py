"""A pool of the jail, asked from synchronous tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from executor.sandbox.outcome import Limits, Outcome
from executor.sandbox.parent import Read
from executor.sandbox.pool import Pool

SMALL = Limits(wall_s=10, cpu_s=1, memory_bytes=96 * 2**20, request_bytes=2**20, reply_bytes=2**20)


class Jail:
    """A pool on a loop of its own."""

    def __init__(self, pool: Callable[[], Pool]) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.pool = self.wait(_made(pool))

    def wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(180)

    def run(
        self, code: str, items: list[Any] | None = None, *, language: str = "python", mode: str = "all_items",
        limits: Limits = SMALL, variables: dict[str, Any] | None = None, read: Read | None = None,
    ) -> Outcome:  # fmt: skip
        given = [{"json": item} for item in ([{"n": 1}] if items is None else items)]
        asked = {"language": language, "mode": mode, "items": given, "code": code, "vars": variables or {}}
        outcome: Outcome = self.wait(self.pool.run(asked, limits, read=read))
        return outcome

    def jsons(self, code: str, items: list[Any] | None = None, **more: Any) -> list[Any]:
        outcome = self.run(code, items, **more)
        assert outcome.kind == "ok", outcome
        return [item["json"] for item in outcome.items]

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.pool.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


async def _made(pool: Callable[[], Pool]) -> Pool:
    made = pool()
    await made.start()
    return made


@pytest.fixture(scope="module")
def jail() -> Iterator[Jail]:
    jail = Jail(lambda: Pool(2))
    assert jail.pool.state.status == "ok", jail.pool.state
    yield jail
    jail.close()

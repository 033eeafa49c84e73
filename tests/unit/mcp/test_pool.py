"""Sessions that are kept: how many, for how long, and for which record."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mcp_integration.client import pool as pools
from mcp_integration.client.pool import SessionPool
from mcp_integration.client.spec import McpFailed, ServerSpec

SPEC = ServerSpec("streamable_http", url="https://example.org/mcp")


class Fake:
    """A session that is lost when it is told to be."""

    made: list[Fake] = []

    def __init__(self, spec: ServerSpec) -> None:
        self.spec, self.calls, self.is_over, self.closed = spec, 0, False, False
        Fake.made.append(self)

    async def unused(self) -> None:
        while self.calls:
            await asyncio.sleep(0)

    async def close(self) -> None:
        self.is_over = self.closed = True


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    Fake.made = []
    monkeypatch.setattr(pools, "Session", Fake)


async def itself(session: Any) -> Any:
    return session


def test_a_session_is_shared_until_its_record_changes_or_it_is_lost() -> None:
    async def go() -> list[int]:
        pool = SessionPool(most=4, most_of_owner=4)

        async def got(spec: ServerSpec = SPEC, owner: str = "a") -> int:
            return Fake.made.index(await pool.use(owner, "s", spec, itself, may_repeat=False))

        found = [
            await got(),
            await got(),
            await got(owner="b"),
            await got(ServerSpec("sse", url="https://example.org")),
        ]
        Fake.made[-1].is_over = True
        found += [await got(ServerSpec("sse", url="https://example.org"))]
        await pool.close()
        return found

    assert asyncio.run(go()) == [0, 0, 1, 2, 3]
    assert all(one.closed for one in Fake.made)


@pytest.mark.parametrize(
    ("is_lost", "was_sent", "may_repeat", "times"),
    [(True, False, False, 2), (True, True, True, 2), (True, True, False, 1), (False, True, True, 1)],
)
def test_what_is_lost_is_done_again_only_where_that_is_safe(
    is_lost: bool, was_sent: bool, may_repeat: bool, times: int
) -> None:
    seen: list[Any] = []

    async def work(session: Any) -> str:
        seen.append(session)
        if len(seen) == 1:
            session.is_over = is_lost
            raise McpFailed("gone", is_lost=is_lost, was_sent=was_sent)
        return "done"

    async def go() -> None:
        pool = SessionPool(most=4, most_of_owner=4)
        await pool.use("a", "s", SPEC, itself, may_repeat=False)
        try:
            await pool.use("a", "s", SPEC, work, may_repeat=may_repeat)
        except McpFailed:
            assert times == 1
        await pool.close()

    asyncio.run(go())
    assert len(seen) == times


def test_the_least_used_makes_room_and_what_is_in_use_does_not() -> None:
    async def go() -> None:
        pool = SessionPool(most=2, most_of_owner=2)
        first = await pool.use("a", 1, SPEC, itself, may_repeat=False)
        second = await pool.use("a", 2, SPEC, itself, may_repeat=False)
        await pool.use("b", 3, SPEC, itself, may_repeat=False)
        await asyncio.sleep(0.01)
        assert (first.closed, second.closed, len(pool)) == (True, False, 2)
        for one in Fake.made:
            one.calls = 1
        with pytest.raises(McpFailed) as failed:
            await pool.use("c", 4, SPEC, itself, may_repeat=False)
        assert failed.value.code == "busy"
        for one in Fake.made:
            one.calls = 0
        await pool.close()

    asyncio.run(go())


def test_what_nobody_uses_ends() -> None:
    async def go() -> None:
        pool = SessionPool(most=2, most_of_owner=2, idle_s=0.05)
        session = await pool.use("a", 1, SPEC, itself, may_repeat=False)
        await asyncio.sleep(0.3)
        assert session.closed
        assert len(pool) == 0
        await pool.close()

    asyncio.run(go())

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


async def taken(pool: SessionPool, owner: str, server: int, spec: ServerSpec = SPEC, calls: int = 0) -> Any:
    session = await pool.use(owner, server, spec, itself, may_repeat=False)
    session.calls = calls
    return session


async def ended(pool: SessionPool) -> None:
    for one in Fake.made:
        one.calls = 0
    await pool.close()


def test_the_least_used_of_who_has_most_makes_room_and_what_is_in_use_does_not() -> None:
    async def go() -> None:
        pool = SessionPool(most=4, most_of_owner=3)
        first, second = await taken(pool, "a", 1, calls=1), await taken(pool, "a", 2)
        third, only = await taken(pool, "a", 3), await taken(pool, "b", 4)
        only.used_at = 0
        await taken(pool, "c", 5)
        assert [one.closed for one in (first, second, third, only)] == [False, True, False, False]
        assert len(pool) == 4
        for one in Fake.made:
            one.calls = 1
        with pytest.raises(McpFailed) as failed:
            await taken(pool, "d", 6)
        assert failed.value.code == "busy"
        await ended(pool)

    asyncio.run(go())


def test_sessions_of_old_records_count_until_they_have_ended() -> None:
    async def go() -> None:
        pool = SessionPool(most=8, most_of_owner=4)
        for change in range(4):
            await taken(pool, "a", 1, ServerSpec("sse", url=f"https://example.org/{change}"), calls=1)
        assert len(pool) == 4
        with pytest.raises(McpFailed) as failed:
            await taken(pool, "a", 1, ServerSpec("sse", url="https://example.org/4"))
        assert (failed.value.code, len(Fake.made)) == ("busy", 4)
        Fake.made[0].calls = 0
        await taken(pool, "a", 1, ServerSpec("sse", url="https://example.org/4"))
        assert (len(Fake.made), Fake.made[0].closed, len(pool)) == (5, True, 4)
        await ended(pool)

    asyncio.run(go())


def test_a_place_is_left_for_who_has_none() -> None:
    async def go() -> None:
        pool = SessionPool(most=8, most_of_owner=4)
        for owner in ("a", "b"):
            for server in range(4 if owner == "a" else 3):
                await taken(pool, owner, server, calls=1)
        with pytest.raises(McpFailed):
            await taken(pool, "b", 3)
        await taken(pool, "c", 1, calls=1)
        assert len(pool) == 8
        await ended(pool)

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

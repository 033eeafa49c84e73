"""Large bodies of webhooks: looked through a few at a time, fairly among owners, and small ones wait for none of them."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from django.test import RequestFactory

from orchestrator.triggers import webhook_views

LARGE, SMALL = (
    RequestFactory().post("/", data=b"x" * size, content_type="text/plain")
    for size in (webhook_views.LARGE_BODY_BYTES, 100)
)


def test_large_bodies_are_worked_on_a_few_at_a_time_and_small_ones_at_once() -> None:
    async def check() -> None:
        one, other = uuid4(), uuid4()
        inside: list[UUID] = []
        go_on = asyncio.Event()

        async def worked_on(owner: UUID) -> None:
            async with webhook_views._room_for(LARGE, owner):
                inside.append(owner)
                await go_on.wait()

        tasks = [asyncio.create_task(worked_on(one)) for _ in range(10)]
        tasks.append(asyncio.create_task(worked_on(other)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(inside) <= webhook_views.LARGE_BODIES.places
        assert set(inside) == {one, other}
        async with asyncio.timeout(5), webhook_views._room_for(SMALL, one):
            pass
        tasks.pop(5).cancel()
        go_on.set()
        await asyncio.gather(*tasks)
        assert len(inside) == 10
        assert webhook_views.LARGE_BODIES.is_at_rest

    asyncio.run(check())

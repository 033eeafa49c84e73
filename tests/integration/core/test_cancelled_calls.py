"""Calls of Redis that are cancelled end, at whatever moment it happens."""

from __future__ import annotations

import asyncio

import pytest
from django.conf import settings

from core.redis.clients import async_client

MOMENTS = 120  # turns of the loop: connecting, sending and reading take some forty


async def ask_and_stay() -> None:
    client = async_client(settings.REDIS_URL, socket_connect_timeout=1)
    try:
        await client.xrevrange("nothing", count=1)
        await asyncio.sleep(60)
    finally:
        await client.aclose()


async def left_after_being_cancelled() -> list[int]:
    """Return the moments in which a task was cancelled and went on."""
    left: list[int] = []
    for moment in range(MOMENTS):
        task = asyncio.create_task(ask_and_stay())
        for _ in range(moment):
            await asyncio.sleep(0.0002 if moment % 2 else 0)
        task.cancel()
        await asyncio.wait([task], timeout=2)
        if not task.cancelled():
            left.append(moment)
            task.cancel()
    return left


@pytest.mark.timeout(300)
def test_what_is_cancelled_in_a_call_ends() -> None:
    assert asyncio.run(left_after_being_cancelled()) == []

"""Large bodies of webhooks: looked through a few at a time, fairly among owners, and small ones wait for none of them."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core.asgi.open_calls import CALL, OpenCall, OpenCalls
from orchestrator.starting.call import Call
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
            async def work() -> None:
                inside.append(owner)
                await go_on.wait()

            await webhook_views._begun(LARGE, owner, work)

        tasks = [asyncio.create_task(worked_on(one)) for _ in range(10)]
        tasks.append(asyncio.create_task(worked_on(other)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert Counter(inside) == {one: 2, other: 1}, "all three places, and of one owner never all"
        async with asyncio.timeout(5):
            assert await webhook_views._begun(SMALL, one, small) == "small"
        tasks.pop(5).cancel()
        go_on.set()
        await asyncio.gather(*tasks)
        assert len(inside) == 10
        assert webhook_views.LARGE_BODIES.is_at_rest

    asyncio.run(check())


def test_a_caller_who_hangs_up_leaves_the_place_of_his_body_when_its_thread_is_done() -> None:
    async def check() -> None:
        owner, begun, go_on, done = uuid4(), threading.Event(), threading.Event(), threading.Event()

        def in_a_thread() -> None:
            begun.set()
            go_on.wait(30)
            done.set()

        task = asyncio.create_task(webhook_views._begun(LARGE, owner, lambda: asyncio.to_thread(in_a_thread)))
        await asyncio.to_thread(begun.wait, 30)
        for _ in range(2):  # he hangs up, and the server stops
            task.cancel()
            for _ in range(3):
                await asyncio.sleep(0)
            assert webhook_views.LARGE_BODIES.held_by(owner) == 1
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert done.is_set()
        assert webhook_views.LARGE_BODIES.is_at_rest

    asyncio.run(check())


def test_who_waits_for_the_end_of_a_run_is_not_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, busy = OpenCalls(), []
    request: Any = RequestFactory().post("/")
    request.scope = {CALL: OpenCall(calls, "owner")}

    async def waits(*_: Any) -> HttpResponse:
        busy.append((calls.open["owner"], calls.busy["owner"]))
        return HttpResponse()

    monkeypatch.setattr(webhook_views, "_answer_of", waits)
    asyncio.run(webhook_views._wait(request, cast("Call", SimpleNamespace(owner_id=uuid4())), uuid4(), None))
    assert busy == [(1, 0)]


async def small() -> str:
    return "small"

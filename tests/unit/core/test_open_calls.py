"""Calls that users hold open: counted once, for whoever is known, until they end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from core.asgi import threads
from core.asgi.open_calls import OpenCall, OpenCalls
from core.asgi.owners import KNOWN, caller_in


def scope_of(key: str, kind: str = "http") -> dict[str, Any]:
    return {
        "type": kind, "method": "POST", "path": "/api/x/", "headers": [(b"x-api-key", key.encode())],
        "client": ("192.0.2.1", 1),
    }  # fmt: skip


@pytest.fixture
def limits(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.RATE_LIMITS, settings.WAITING_CALLS, settings.OPEN_REQUESTS, settings.WEB_THREADS = True, 2, 20, 1
    threads.request_threads.cache_clear()
    threads._contexts.cache_clear()
    monkeypatch.setattr(threads, "_OPEN", OpenCalls())
    yield
    threads.request_threads.cache_clear()
    threads._contexts.cache_clear()
    for key in ("a", "b"):
        KNOWN.forget(caller_in(scope_of(key)).digest)


async def asked(app: Any, key: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope_of(key), receive, send)
    return sent


@pytest.mark.usefixtures("limits")
def test_a_user_who_sends_nothing_more_holds_only_so_many_calls_open() -> None:
    for key, user in (("a", "user a"), ("b", "user b")):
        KNOWN.learn(caller_in(scope_of(key)).digest or b"", user)

    async def check() -> None:
        go_on = asyncio.Event()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            await go_on.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})

        app = threads.with_shared_threads(slow)
        held = [asyncio.create_task(asked(app, "a")) for _ in range(3)]
        await asyncio.sleep(0)
        refused = await asked(app, "a")
        assert refused[0]["status"] == 429
        assert b"waiting_calls" in refused[1]["body"]
        other = asyncio.create_task(asked(app, "b"))
        await asyncio.sleep(0)
        go_on.set()
        assert [(await task)[0]["status"] for task in (*held, other)] == [200] * 4
        assert (await asked(app, "a"))[0]["status"] == 200

    asyncio.run(check())
    assert (threads._OPEN.open, threads._OPEN.busy) == ({}, {})


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize(
    ("open_requests", "held", "detail"),
    [(1, 1, "At most 1 calls of one caller may be open at once"), (4, 2, "At most 2 calls of one caller may be open"),
     (20, 3, "At most 3 calls of one caller may be worked on at once")],
)  # fmt: skip
def test_who_holds_too_many_calls_is_told_of_what_he_has_too_many(
    settings: Any, open_requests: int, held: int, detail: str
) -> None:
    settings.OPEN_REQUESTS = open_requests
    KNOWN.learn(caller_in(scope_of("a")).digest or b"", "user a")

    async def check() -> None:
        go_on = asyncio.Event()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            await go_on.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})

        app = threads.with_shared_threads(slow)
        tasks = [asyncio.create_task(asked(app, "a")) for _ in range(held)]
        await asyncio.sleep(0)
        assert detail.encode() in (await asked(app, "a"))[1]["body"]
        go_on.set()
        assert [(await task)[0]["status"] for task in tasks] == [200] * held

    asyncio.run(check())


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize(("status", "stays"), [(401, False), (200, True), (403, True)])
def test_credentials_that_are_refused_are_forgotten(status: int, stays: bool) -> None:
    KNOWN.learn(caller_in(scope_of("a")).digest or b"", "user a")

    async def answers(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    asyncio.run(asked(threads.with_shared_threads(answers), "a"))
    assert caller_in(scope_of("a")).is_known is stays


@pytest.mark.usefixtures("limits")
def test_a_socket_that_is_refused_forgets_its_credentials() -> None:
    KNOWN.learn(caller_in(scope_of("a")).digest or b"", "user a")

    async def answers(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close", "code": 4401})

    asyncio.run(asked(threads.with_shared_threads(answers), "a"))
    assert not caller_in(scope_of("a")).is_known


def test_a_call_counts_for_whom_it_turns_out_to_be() -> None:
    calls = OpenCalls()
    call = OpenCall(calls, None)
    assert (calls.open, calls.busy) == ({}, {})
    call.belongs("a")
    call.belongs("b")
    assert (calls.open, calls.busy) == ({"b": 1}, {"b": 1})
    call.rests()
    call.rests()
    assert (calls.open, calls.busy) == ({"b": 1}, {})
    call.belongs("a")
    assert (calls.open, calls.busy) == ({"a": 1}, {})
    call.end()
    call.end()
    call.belongs("a")
    assert (calls.open, calls.busy) == ({}, {})

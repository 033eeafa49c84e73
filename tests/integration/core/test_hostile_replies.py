"""Replies that cost far more than their size: none of them holds the loop on which everybody's runs are."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from core.http.client import GuardedClient, Response, Unreachable
from core.http.requests import Request
from core.http.unpacking import unpacked
from executor.node.http import NodeHttp
from nodes.abilities import HttpReply
from nodes.base import NodeFailed

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 4000),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2000),
    "chunks of a byte": (CHUNKED, b"1\r\na\r\n" * 20_000),
    "chunks with extensions": (CHUNKED, b"1;a=b\r\na\r\n" * 10_000),
    "headers": (OK, b"a: b\r\n" * 20_000),
    "trailers": (CHUNKED + b"0\r\n", b"a: b\r\n" * 20_000),
}
SIZE = 400_000  # bytes
HELD_S = 1.0  # where nothing is held, a turn of the loop takes some hundredths


@contextmanager
def server(begin: bytes, again: bytes, times: int | None = None) -> Iterator[str]:
    """Serve one beginning, and then the same bytes again and again."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:

        def serve(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(begin)
                for _ in itertools.repeat(None) if times is None else range(times):
                    connection.sendall(again)
                connection.shutdown(socket.SHUT_WR)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


async def longest_turn(until: asyncio.Event) -> float:
    """Return for how long the loop did not come round at most."""
    most, last = 0.0, time.monotonic()
    while not until.is_set():
        await asyncio.sleep(0.01)
        now = time.monotonic()
        most, last = max(most, now - last), now
    return most


def asked(host: str, requests: int, timeout_s: float) -> tuple[list[Response | BaseException], float]:
    async def ask() -> tuple[list[Response | BaseException], float]:
        client, over = GuardedClient([host]), asyncio.Event()
        watch = asyncio.create_task(longest_turn(over))
        request = Request("GET", f"http://{host}/", timeout_s=timeout_s, owner="hostile")
        try:
            ends = await asyncio.gather(*(client.send(request) for _ in range(requests)), return_exceptions=True)
        finally:
            over.set()
            await client.close()
        return ends, await watch

    return asyncio.run(ask())


@pytest.mark.parametrize("what", ENDLESS)
def test_a_reply_without_end_does_not_hold_the_loop(what: str) -> None:
    with server(*ENDLESS[what]) as host:
        ends, held = asked(host, requests=20, timeout_s=3)

    assert {type(end) for end in ends} == {Unreachable}
    assert held < HELD_S


def test_very_many_headers_are_read_in_one_pass() -> None:
    """Of as many names as fit in a head: looked up one by one they take minutes."""
    names = b"".join(b"%x:\r\n" % number for number in range(8000))
    with server(OK + names + b"Content-Length: 2\r\n\r\nok", b"", times=0) as host:
        ends, held = asked(host, requests=1, timeout_s=20)

    assert isinstance(ends[0], Response), ends
    assert len(ends[0].headers) == 8001
    assert held < HELD_S


def test_a_body_in_tiny_pieces_takes_its_own_size_in_memory() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for at in range(SIZE // 2):
            yield b"%02d" % (at % 100)

    tracemalloc.start()
    try:
        body = asyncio.run(unpacked(parts(), "", SIZE))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(body) == SIZE
    assert peak < 5 * SIZE


def test_a_reply_that_leads_on_and_on_fails_for_good_with_the_reason() -> None:
    async def ask(host: str, **more: Any) -> HttpReply:
        client = GuardedClient([host])
        try:
            http = NodeHttp(client, lambda: None, uuid4())
            return await http.send(Request("GET", f"http://{host}/", timeout_s=20, **more))
        finally:
            await client.close()

    found = OK.replace(b"200 OK", b"302 Found") + b"Location: /\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with server(found, b"", 0) as host:
        with pytest.raises(NodeFailed, match="redirected more than 3 times") as failed:
            asyncio.run(ask(host, max_redirects=3))
        assert (failed.value.node_code, failed.value.retryable) == ("http_unreachable", False)
        assert asyncio.run(ask(host, max_redirects=0)).status == 302, "who does not follow gets the reply"


def test_an_address_that_cannot_be_read_is_no_reply() -> None:
    with server(
        OK.replace(b"200 OK", b"302 Found") + b"Location: http://[::1\r\nContent-Length: 0\r\n\r\n", b"", 0
    ) as host:
        ends, _ = asked(host, requests=1, timeout_s=5)

    assert isinstance(ends[0], Unreachable)
    assert "cannot be read" in str(ends[0])

"""Bodies of replies over real sockets: unpacked within their limit, whatever a server wraps them in."""

from __future__ import annotations

import asyncio
import gzip
import resource
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import zstandard

from core.http.client import GuardedClient, Response, ResponseTooLarge, Unreachable
from core.http.requests import Request

MIB = 2**20
TEXT = b"some text, " * 50_000


PACKERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.compressobj(1, zlib.DEFLATED, 31),
    "deflate": lambda: zlib.compressobj(1),
    "zstd": lambda: zstandard.ZstdCompressor(level=1).compressobj(),
}


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(body)


def ask(peer: Any, encoding: str, body: bytes, most: int = 32 * MIB) -> Response:
    peer.answers["/body"] = [(200, {"Content-Encoding": encoding, "Content-Type": "text/plain"}, body)]

    async def send() -> Response:
        client = GuardedClient([peer.host])
        try:
            return await client.send(Request("GET", f"{peer.url}/body", max_bytes=most))
        finally:
            await client.close()

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)), ("x-gzip", gzip.compress(TEXT)), ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)), ("zstd", zstd(TEXT)), ("identity", TEXT), ("", TEXT),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT), mtime=0)),
        ("gzip", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0)),
        ("made-up", TEXT),
    ],
)  # fmt: skip
def test_a_packed_body_is_unpacked(peer: Any, encoding: str, body: bytes) -> None:
    assert ask(peer, encoding, body).body == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_body_of_just_the_limit_is_read(peer: Any, encoding: str) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstd}
    packed = packers[encoding](TEXT)

    assert len(ask(peer, encoding, packed, most=len(TEXT)).body) == len(TEXT)
    with pytest.raises(ResponseTooLarge):
        ask(peer, encoding, packed, most=len(TEXT) - 1)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "gzip, gzip", "deflate, zstd", "zstd, zstd"])
def test_a_bomb_is_stopped_while_it_unfolds(peer: Any, encoding: str) -> None:
    """Each unfolds to 300 MiB and more, where 8 are allowed."""
    first, *others = encoding.split(", ")
    packer = PACKERS[first]()
    body = b"".join(packer.compress(b"\0" * MIB) for _ in range(300)) + packer.flush()
    for name in others:
        packer = PACKERS[name]()
        body = packer.compress(body) + packer.flush()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ResponseTooLarge):
        ask(peer, encoding, body, most=8 * MIB)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", b"no gzip"), ("deflate", b"\xff\xffno"), ("zstd", b"no zstd at all"), ("gzip, gzip, gzip", TEXT)],
)
def test_a_body_that_cannot_be_unpacked_is_no_reply(peer: Any, encoding: str, body: bytes) -> None:
    with pytest.raises(Unreachable):
        ask(peer, encoding, body)


@pytest.mark.parametrize(
    ("method", "length"), [("POST", "0"), ("PUT", "0"), ("PATCH", "0"), ("GET", None), ("DELETE", None)]
)
def test_a_call_that_may_have_a_body_says_that_it_has_none(peer: Any, method: str, length: str | None) -> None:
    """Source: RFC 9110, section 8.6."""
    peer.answers["/body"] = [(200, {}, b"")]

    async def send() -> Response:
        client = GuardedClient([peer.host])
        try:
            return await client.send(Request(method, f"{peer.url}/body"))
        finally:
            await client.close()

    assert asyncio.run(send()).status == 200
    assert peer.calls[-1].headers.get("content-length") == length

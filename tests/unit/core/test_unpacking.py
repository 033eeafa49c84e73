"""Compressed bodies are whole, or damaged."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable

import pytest
import zstandard

from core.http.unpacking import Damaged, unpacked

TEXT = b"".join(b"%d," % number for number in range(20_000))


def _raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "two members": ("gzip", lambda content: gzip.compress(content[:50]) + gzip.compress(content[50:])),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", _raw_deflate),
    "zstd": ("zstd", zstandard.ZstdCompressor().compress),
    "two layers": ("zstd, gzip", lambda content: gzip.compress(zstandard.ZstdCompressor().compress(content))),
}


def opened(packed: bytes, encoding: str, size: int) -> bytes:
    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(packed), size):
            yield packed[at : at + size]

    return asyncio.run(unpacked(parts(), encoding, 10 * len(TEXT)))


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("size", [1, 7000, 10**6])
def test_a_whole_body_comes_out_as_it_was(name: str, size: int) -> None:
    encoding, pack = PACKERS[name]
    assert opened(pack(TEXT), encoding, size) == TEXT
    assert opened(pack(b""), encoding, size) == b""


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("cut", [1, 8, 40, 1000, -1])
def test_a_cut_body_is_damaged(name: str, cut: int) -> None:
    encoding, pack = PACKERS[name]
    packed = pack(TEXT)
    with pytest.raises(Damaged):
        opened(packed[: len(packed) - cut] if cut > 0 else packed[:1], encoding, 5000)


@pytest.mark.parametrize("packed", [b"\x07", b"\x07\x07", b"\xff" * 9])
@pytest.mark.parametrize("size", [1, 10])
def test_what_is_neither_bare_nor_wrapped_is_damaged(packed: bytes, size: int) -> None:
    with pytest.raises(Damaged):
        opened(packed, "deflate", size)


def test_no_body_is_no_damage() -> None:
    assert opened(b"", "gzip", 1) == b""

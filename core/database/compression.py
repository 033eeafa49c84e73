"""JSON as it is stored in bulk: plain text where it is short, a Zstandard frame where it is not.

A frame starts with its magic number, JSON never does: what is stored says itself what it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import IO, cast

import zstandard

PACK_FROM = 1024  # bytes; below, a frame saves nothing
_MAGIC = zstandard.FRAME_HEADER
_here = threading.local()  # compressors are not safe across threads


def pack(raw: bytes) -> bytes:
    """Return JSON text as it is stored."""
    if len(raw) < PACK_FROM:
        return raw
    compressor = getattr(_here, "compressor", None)
    if compressor is None:
        compressor = _here.compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
    packed: bytes = compressor.compress(raw)
    return packed if len(packed) < len(raw) else raw


def unpack(stored: bytes | memoryview) -> bytes:
    """Return the JSON text of what is stored. Raises: zstandard.ZstdError where it was damaged."""
    stored = bytes(stored)
    return zstandard.decompress(stored) if stored.startswith(_MAGIC) else stored


def unpacked_size(stored: bytes | memoryview | None) -> int:
    """Return how many bytes of JSON a stored value is."""
    if stored is None:
        return 0
    head = bytes(stored[:32])
    return max(zstandard.frame_content_size(head), 0) if head.startswith(_MAGIC) else len(stored)


def unpacked(pieces: Iterable[bytes], *, at_once: int = 64 * 1024) -> Iterator[bytes]:
    """Yield the JSON text of what is stored, from its pieces, in pieces of `at_once` bytes at most.

    Raises: zstandard.ZstdError where it was damaged.
    """
    source = _Pieces(iter(pieces))
    if not source.begins_with(_MAGIC):
        yield from iter(lambda: source.read(at_once), b"")
        return
    with zstandard.ZstdDecompressor().stream_reader(cast("IO[bytes]", source), read_size=at_once) as reader:
        while piece := reader.read(at_once):
            yield piece


class _Pieces:
    """Pieces as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = next(pieces, b"")

    def begins_with(self, prefix: bytes) -> bool:
        while len(self._left) < len(prefix) and (piece := next(self._pieces, b"")):
            self._left += piece
        return self._left.startswith(prefix)

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            self._left = next(self._pieces, b"")
        taken = self._left if size < 0 else self._left[:size]
        self._left = self._left[len(taken) :]
        return taken

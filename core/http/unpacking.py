"""Bodies that were compressed for the way: unpacked piece by piece, and never to more than was allowed."""

from __future__ import annotations

import io
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Protocol

import zstandard

PIECE = 64 * 1024  # bytes that are unpacked at a time
FEED = 256  # bytes a decoder without a limit of its own is given at a time: they can stand for 8 MiB
WRAPPER = 2  # bytes in front of a body by deflate, which many servers leave out
MOST_LAYERS = 2  # a body in a wrapped body; more is a bomb


class TooMuch(Exception):
    """There is more in it than was allowed."""


class Damaged(Exception):
    """It cannot be unpacked."""


class UnknownPacking(Exception):
    """It is packed in a way that is not known; its name."""


class Layer(Protocol):
    """One Content-Encoding."""

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Yield what comes of some bytes, in pieces of a bounded size. Raises: Damaged."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether what came so far ends where a body may end; nothing at all does."""
        ...


class Deflate:
    """gzip, or deflate with the wrapper it should have or without it, as many servers send it."""

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._decoder = zlib.decompressobj(31 if is_gzip else 15)
        self._head = b""  # the first two bytes say whether there is a wrapper
        self._may_be_bare = not is_gzip
        self._has_come = False

    @property
    def is_whole(self) -> bool:
        return self._decoder.eof or not self._has_come

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        self._has_come = self._has_come or bool(packed)
        while packed:
            try:
                made = self._decoder.decompress(packed, PIECE)
            except zlib.error as exc:
                if not self._may_be_bare:
                    raise Damaged(str(exc)) from exc
                self._may_be_bare = False
                self._decoder, packed = zlib.decompressobj(-15), self._head + packed
                continue
            if self._may_be_bare:
                self._head += packed[:WRAPPER]
                self._may_be_bare = len(self._head) < WRAPPER
            if made:
                yield made
            packed = self._decoder.unconsumed_tail
            if self._decoder.eof and self._is_gzip and self._decoder.unused_data:
                packed = self._decoder.unused_data  # members may follow each other
                self._decoder = zlib.decompressobj(31)


class Zstandard:
    """zstd, with windows of up to 8 MiB."""

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor(max_window_size=8 * 2**20).decompressobj()
        self._has_come = False

    @property
    def is_whole(self) -> bool:
        return self._decoder.eof or not self._has_come

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        self._has_come = self._has_come or bool(packed)
        for at in range(0, len(packed), FEED):
            try:
                made = self._decoder.decompress(packed[at : at + FEED])
            except zstandard.ZstdError as exc:
                raise Damaged(str(exc)) from exc
            if made:
                yield made


LAYERS: dict[str, Callable[[], Layer]] = {
    "gzip": lambda: Deflate(is_gzip=True),
    "x-gzip": lambda: Deflate(is_gzip=True),
    "deflate": lambda: Deflate(is_gzip=False),
    "zstd": Zstandard,
}


def layers_of(content_encoding: str) -> list[Layer]:
    """Return what undoes a Content-Encoding, the last one first. An unknown one ends it: the bytes stay as they are.

    Raises: Damaged, for more layers than an honest server sends.
    """
    named = [name.strip().lower() for name in content_encoding.split(",")]
    named = [name for name in reversed(named) if name not in ("", "identity")]
    if len(named) > MOST_LAYERS:
        raise Damaged(f"it is packed {len(named)} times")
    return [LAYERS[name]() for name in named if all(one in LAYERS for one in named)]


async def unpacked(
    parts: AsyncIterator[bytes], content_encoding: str, most: int, arriving: Callable[[int], None] | None = None
) -> bytes:
    """Return a whole body, unpacked; `arriving` is told of its bytes as they come.

    Raises: TooMuch as soon as it is larger than `most`, Damaged.
    """
    made = io.BytesIO()  # pieces may be as small as a byte: kept as objects they would take forty times their size
    async for piece in pieces_of(parts, content_encoding, most):
        made.write(piece)
        if arriving is not None:
            arriving(len(piece))
    return made.getvalue()


async def pieces_of(parts: AsyncIterator[bytes], content_encoding: str, most: int) -> AsyncIterator[bytes]:
    """Yield a body unpacked, piece by piece as it comes.

    Raises: TooMuch as soon as it is larger than `most`, Damaged.
    """
    layers = layers_of(content_encoding)
    left = most
    async for part in parts:
        for piece in _through(layers, part):
            left -= len(piece)
            if left < 0:
                raise TooMuch
            yield piece
    if not all(layer.is_whole for layer in layers):
        raise Damaged("it ends before its end")


def unpacked_at_once(packed: bytes, content_encoding: str, most: int) -> bytes:
    """Return a body that has come whole, unpacked.

    Raises: TooMuch as soon as it is larger than `most`, Damaged also where its end is missing, UnknownPacking.
    """
    for name in content_encoding.lower().split(","):
        if name.strip() not in ("", "identity", *LAYERS):
            raise UnknownPacking(name.strip()[:50])
    layers = layers_of(content_encoding)
    made = io.BytesIO()
    for piece in _through(layers, packed):
        if made.tell() + len(piece) > most:
            raise TooMuch
        made.write(piece)
    if not all(layer.is_whole for layer in layers):
        raise Damaged("it ends early")
    return made.getvalue()


def _through(layers: Sequence[Layer], part: bytes) -> Iterator[bytes]:
    if not layers:
        yield part
        return
    for piece in layers[0].pieces(part):
        yield from _through(layers[1:], piece)

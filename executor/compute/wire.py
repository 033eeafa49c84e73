"""Values as a stream of small frames, so that neither side reads or writes one in a piece.

A frame is its length in four bytes, a mark, and content:

    v JSON value     t text        b bytes       p class of params, a line, JSON
    [ a list begins  e JSON list, its next elements          ] it ends
    { an object      u JSON object, its next members         } it ends
                     k the name of the member that follows
    c a call begins  . a message is whole        ! it failed, and why
                     r … of the result of a node, whose outputs take so many bytes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel

from core.json import dumps, loads_own

HEAD = 5
PIECE_BYTES = 256 * 1024  # read in about 3 ms
SHORT = 32  # a list of so many elements is tried as one piece first
MOST_AT_ONCE = 2_500
MOST_FRAME_BYTES = 1 << 30

Frame = tuple[bytes, bytes]


class NotOurs(Exception):
    """What came is no frame of this protocol."""


def header(mark: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + mark


def size_of(head: bytes | bytearray) -> int:
    """Return how long the content of a frame is. Raises: NotOurs."""
    size = int.from_bytes(head[:4], "big")
    if size > MOST_FRAME_BYTES:
        raise NotOurs(size)
    return size


def frames_of(value: Any, *, in_pieces: bool) -> Iterator[Frame]:
    """Yield a value as frames; `in_pieces` breaks up whatever is large, however deep. Raises: NotStorable."""
    if isinstance(value, bytes):
        yield b"b", value
    elif isinstance(value, str) and len(value) > PIECE_BYTES // 4:
        yield b"t", value.encode("utf-8", "surrogatepass")
    elif isinstance(value, BaseModel):
        kind = type(value)
        yield b"p", f"{kind.__module__}:{kind.__qualname__}\n".encode() + value.model_dump_json().encode()
    elif isinstance(value, (list, tuple)) and (len(value) > SHORT or _holds_long(value)):
        yield from _list_frames(value, in_pieces=in_pieces)
    elif isinstance(value, dict) and len(value) <= SHORT and _holds_long(value.values()):
        yield from _object_frames(value, in_pieces=in_pieces)
    else:
        raw = dumps(value)
        if not in_pieces or len(raw) <= PIECE_BYTES or not isinstance(value, (list, tuple, dict)):
            yield b"v", raw
            return
        del raw  # else each level of a deep value would keep one
        if isinstance(value, dict):
            yield from _object_frames(value, in_pieces=True)
        else:
            yield from _list_frames(value, in_pieces=True)


def _holds_long(entries: Iterable[Any]) -> bool:
    return any(isinstance(entry, (list, tuple, dict)) and len(entry) > SHORT for entry in entries)


def _list_frames(value: Sequence[Any], *, in_pieces: bool) -> Iterator[Frame]:
    yield b"[", b""
    if len(value) <= SHORT:
        for entry in value:
            yield from frames_of(entry, in_pieces=in_pieces)
        yield b"]", b""
        return
    for raw, alone in _groups(iter(value), list, in_pieces=in_pieces):
        if raw is not None:
            yield b"e", raw
        else:
            yield from frames_of(alone, in_pieces=True)
    yield b"]", b""


def _object_frames(value: dict[str, Any], *, in_pieces: bool) -> Iterator[Frame]:
    yield b"{", b""
    if len(value) <= SHORT:
        for name, entry in value.items():
            yield b"k", name.encode()
            yield from frames_of(entry, in_pieces=in_pieces)
        yield b"}", b""
        return
    for raw, alone in _groups(iter(value.items()), dict, in_pieces=True):
        if raw is not None:
            yield b"u", raw
        else:
            name, entry = alone
            yield b"k", name.encode()
            yield from frames_of(entry, in_pieces=True)
    yield b"}", b""


def _groups(
    entries: Iterator[Any], gathered: Callable[[list[Any]], Any], *, in_pieces: bool
) -> Iterator[tuple[bytes | None, Any]]:
    """Yield (JSON of a group of entries, None), or (None, an entry that is too large for one piece).

    How many fit into a piece is learned from those before.
    """
    number = 4
    again: list[Any] = []
    while group := again[:number] or list(islice(entries, number)):
        again = again[len(group) :] if again else []
        raw = dumps(gathered(group))
        if in_pieces and len(raw) > 2 * PIECE_BYTES:
            del raw
            if len(group) == 1:
                yield None, group[0]
            else:
                again, number = [*group, *again], 1
            continue
        yield raw, None
        number = max(1, min(MOST_AT_ONCE, 2 * number, number * PIECE_BYTES // len(raw)))


class Assembler:
    """Makes values of frames; `params` reads those of a node."""

    def __init__(self, params: Callable[[bytes], Any] | None = None) -> None:
        self.values: list[Any] = []
        self._open: list[list[Any] | dict[str, Any]] = []
        self._names: list[str] = []
        self._params = params

    def feed(self, mark: bytes, content: bytes) -> None:
        """Take the next frame. Raises: NotOurs."""
        if mark == b"v":
            self._put(loads_own(content))
        elif mark == b"e":
            self._top(list).extend(loads_own(content))
        elif mark == b"u":
            self._top(dict).update(loads_own(content))
        elif mark == b"t":
            self._put(content.decode("utf-8", "surrogatepass"))
        elif mark == b"b":
            self._put(content)
        elif mark == b"k":
            self._names.append(content.decode())
        elif mark in (b"[", b"{"):
            made: list[Any] | dict[str, Any] = [] if mark == b"[" else {}
            self._put(made)
            self._open.append(made)
        elif mark in (b"]", b"}"):
            self._top(list if mark == b"]" else dict)
            self._open.pop()
        elif mark == b"p" and self._params is not None:
            self._put(self._params(content))
        else:
            raise NotOurs(mark)

    def _put(self, value: Any) -> None:
        if not self._open:
            self.values.append(value)
        elif isinstance(self._open[-1], list):
            self._open[-1].append(value)
        elif self._names:
            self._open[-1][self._names.pop()] = value
        else:
            raise NotOurs("a member without a name")

    def _top(self, wanted: type[Any]) -> Any:
        if not self._open or not isinstance(self._open[-1], wanted):
            raise NotOurs(wanted)
        return self._open[-1]

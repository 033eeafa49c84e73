"""Large values written piece by piece, and read in a process of their own: the loop goes on in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from core.database.compression import pack, unpacked_size
from core.json import WHOLE_DEPTH, NotStorable, dumps, storable
from core.values.size import is_small
from executor.compute.pool import Compute
from executor.compute.stored import value_of
from nodes.base import NodeFailed

SLICE = 100  # elements of a long list that are written at a time
HOLD_S = 0.003
READ_HERE = 512 * 1024  # bytes of JSON, read in some 5 ms


class NotInPieces(Exception):
    """A value that is another one once it is stored, or none that can be: look at it as a whole."""


async def written(value: Any, *, depth: int) -> AsyncIterator[bytes]:
    """Yield the JSON of a value, letting others go on every few milliseconds. Raises: NotInPieces."""
    since = time.monotonic()
    for piece in _pieces(value, depth):
        yield piece
        if time.monotonic() - since > HOLD_S:
            await asyncio.sleep(0)
            since = time.monotonic()


def _pieces(value: Any, depth: int) -> Iterator[bytes]:
    if not isinstance(value, (dict, list, tuple)) or is_small(value):
        yield _written(value, depth)
    elif isinstance(value, dict):
        mark = b"{"
        for name, entry in value.items():
            yield mark + _written({name: None}, 1)[1:-5]  # the name and its colon
            yield from _pieces(entry, depth - 1)
            mark = b","
        yield b"}"
    else:
        yield b"["
        for at in range(0, len(value), SLICE):
            some = value[at : at + SLICE]
            yield b"," if at else b""
            if len(some) > 1 and is_small(some):
                yield _written(some, depth)[1:-1]
                continue
            for number, entry in enumerate(some):
                yield b"," if number else b""
                yield from _pieces(entry, depth - 1)
        yield b"]"


def _written(value: Any, depth: int) -> bytes:
    try:
        same, raw = storable(value, depth=depth)
    except (NotStorable, RecursionError) as exc:
        raise NotInPieces from exc
    if same is not value:
        raise NotInPieces
    return raw


async def written_if_large(value: Any) -> bytes | None:
    """Return the JSON of a large value, letting others go on meanwhile; None for one that is soon written."""
    if is_small(value):
        return None
    try:
        return b"".join([piece async for piece in written(value, depth=WHOLE_DEPTH)])
    except NotInPieces:
        return None


async def packed(value: Any) -> bytes:
    """Return a value as it is stored, letting others go on where it is large. Raises: NotStorable."""
    if is_small(value):
        return pack(dumps(value))
    try:
        made = [piece async for piece in written(value, depth=WHOLE_DEPTH)]
    except NotInPieces:
        return await asyncio.to_thread(lambda: pack(dumps(value)))
    return await asyncio.to_thread(lambda: pack(b"".join(made)))


async def read(stored: bytes, computing: Compute, owner_id: UUID) -> Any:
    """Return the value of what is stored; a large one is read in a child.

    Raises: NotStorable.
    """
    size = unpacked_size(stored)
    if size <= READ_HERE:
        return value_of(stored)
    turn = computing.turn(owner_id)
    try:
        return await turn.call(value_of, (stored,), size)
    except NodeFailed:  # no child may be had, or it may not have the memory: nobody is to lose a run by that
        return await asyncio.to_thread(value_of, stored)
    finally:
        turn.close()

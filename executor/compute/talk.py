"""The worker's side of a child's channel: calls and answers in frames, and the loop is let go between them."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from typing import Any

from core.json import dumps_own, loads_own
from executor.compute import wire
from nodes.base import NodeResult
from nodes.usage import Usage

READ_BYTES = 256 * 1024
HOLD_S = 0.003  # so long frames are read without letting others go on


class Told(Exception):
    """The child says that the call failed."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(said["kind"])
        self.said = said


async def ask(channel: socket.socket, head: dict[str, Any], arguments: Sequence[Any]) -> None:
    """Send a call. Raises: NotStorable, OSError where the child is gone."""
    loop = asyncio.get_running_loop()
    small = bytearray(_framed(b"c", dumps_own(head)))
    for argument in arguments:
        for mark, content in wire.frames_of(argument, in_pieces=False):
            if len(content) < wire.PIECE_BYTES // 4:
                small += _framed(mark, content)
                continue
            await loop.sock_sendall(channel, small + wire.header(mark, content))
            await loop.sock_sendall(channel, content)
            small = bytearray()
            await asyncio.sleep(0)
    await loop.sock_sendall(channel, small + _framed(b".", b""))


def _framed(mark: bytes, content: bytes) -> bytes:
    return wire.header(mark, content) + content


async def answer(channel: socket.socket, most: int) -> Any:
    """Read what came of a call. Raises: Told, EOFError and OSError where the child is gone, NotOurs."""
    reader = _Reader(channel)
    assembler = wire.Assembler()
    since = time.monotonic()
    while True:
        mark, content = await reader.frame(most)
        if mark in (b".", b"r"):
            (value,) = assembler.values
            if mark == b".":
                return value
            warnings = tuple((code, place, message) for code, place, message in value["warnings"])
            usage = Usage.of(value["usage"])
            return NodeResult(value["outputs"], tuple(value["logs"]), size=int(content), warnings=warnings, usage=usage)
        if mark == b"!":
            raise Told(loads_own(content))
        assembler.feed(mark, content)
        if time.monotonic() - since > HOLD_S:
            await asyncio.sleep(0)
            since = time.monotonic()


class _Reader:
    """Frames out of a stream."""

    def __init__(self, channel: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._channel = channel
        self._read = bytearray()
        self._at = 0

    async def frame(self, most: int) -> wire.Frame:
        head = await self._exactly(wire.HEAD)
        size = wire.size_of(head)
        if size > most:
            raise wire.NotOurs(size)
        return head[4:], await self._exactly(size)

    async def _exactly(self, size: int) -> bytes:
        if len(self._read) - self._at < size:
            del self._read[: self._at]
            self._at = 0
            while len(self._read) < size:
                part = await self._loop.sock_recv(self._channel, READ_BYTES)
                if not part:
                    raise EOFError
                self._read += part
        self._at += size
        return bytes(self._read[self._at - size : self._at])

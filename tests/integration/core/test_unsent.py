"""What lies unsent in connections: whoever takes too little is let go, and so is the greediest where there is no room."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest

from core.asgi.unsent import Unsent

MIB = 1024 * 1024
NOW = 1000.0


class Door(asyncio.Protocol):
    """Notes its connections, and which of them were lost."""

    def __init__(self, made: list[Any]) -> None:
        self._made = made
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self._made.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


@contextlib.asynccontextmanager
async def connected(*addresses: str) -> AsyncIterator[list[tuple[Door, socket.socket]]]:
    """Yield connections from some addresses of this machine: (the server's end, the client's)."""
    loop = asyncio.get_running_loop()
    made: list[Door] = []
    server = await loop.create_server(lambda: Door(made), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pairs = []
    try:
        for number, address in enumerate(addresses, 1):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.bind((address, 0))
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", port))
            await until(partial(_has, made, number))
            pairs.append((made[-1], client))
        yield pairs
    finally:
        for _, client in pairs:
            client.close()
        server.close()


def _has(made: list[Door], number: int) -> bool:
    return len(made) == number


def _holds_at_most(door: Door, size: int) -> bool:
    return bool(door.transport.get_write_buffer_size() <= size)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.001)


async def read(client: socket.socket, size: int) -> None:
    while size > 0:
        size -= len(await asyncio.get_running_loop().sock_recv(client, size))


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.SEND_STALL_S, settings.UNSENT_MAX_BYTES = 60.0, 64 * MIB


def test_who_takes_nothing_is_let_go_and_who_reads_slowly_is_not() -> None:
    async def check() -> None:
        unsent = Unsent()
        async with connected("127.0.0.1", "127.0.0.1", "127.0.0.1") as [(slow, reader), (stuck, _), (idle, _)]:
            for door in (slow, stuck, idle):
                unsent.watch(door.transport)
            for door in (slow, stuck):
                door.transport.write(b"x" * 4 * MIB)
            for turn in range(7):
                unsent.look(NOW + 30 * turn)
                await asyncio.sleep(0)
                left = slow.transport.get_write_buffer_size()
                await read(reader, 256 * 1024)
                await until(partial(_holds_at_most, slow, left - 32 * 1024))
            assert (slow.is_lost, stuck.is_lost, idle.is_lost) == (False, True, False)

    asyncio.run(check())


def test_a_connection_that_closes_and_is_not_read_to_its_end_is_let_go() -> None:
    async def check() -> None:
        unsent = Unsent()
        async with connected("127.0.0.1") as [(door, _)]:
            unsent.watch(door.transport)
            for _ in range(30):  # until the kernel takes no more: what is left is too little for a server to pause
                while not door.transport.get_write_buffer_size():
                    door.transport.write(b"x" * 16 * 1024)
                await asyncio.sleep(0.01)
            door.transport.close()
            unsent.look(NOW)
            unsent.look(NOW + 59)
            await asyncio.sleep(0)
            assert not door.is_lost
            unsent.look(NOW + 61)
            await asyncio.sleep(0)
            assert door.is_lost

    asyncio.run(check())


def test_where_there_is_no_room_the_longest_unread_of_the_greediest_address_go(settings: Any) -> None:
    settings.UNSENT_MAX_BYTES = 16 * MIB

    async def check() -> None:
        unsent = Unsent()
        addresses = ("127.0.0.2", "127.0.0.1", "127.0.0.1", "127.0.0.1")
        async with connected(*addresses) as pairs:
            doors = [door for door, _ in pairs]
            for turn, door in enumerate(doors):
                unsent.watch(door.transport)
                door.transport.write(b"x" * 6 * MIB)
                unsent.look(NOW + turn)
                await asyncio.sleep(0)
            assert [door.is_lost for door in doors] == [False, True, True, False]

    asyncio.run(check())


def test_a_connection_that_is_over_is_forgotten() -> None:
    async def check() -> None:
        unsent = Unsent()
        async with connected("127.0.0.1") as [(door, _)]:
            unsent.watch(door.transport)
            unsent.watch(door.transport)
            door.transport.write(b"x" * 4 * MIB)
            unsent.look(NOW)
            unsent.forget(door.transport)
            unsent.forget(door.transport)
            unsent.look(NOW + 100)
            await asyncio.sleep(0)
            assert not door.is_lost

    asyncio.run(check())

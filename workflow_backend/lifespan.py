"""Start and end of a web process, as ASGI servers announce them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection

from core.process import garbage
from credentials.key_check import KeysDoNotFit, check_keys


async def lifespan(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Answer the server's start and shutdown; a start with keys that open nothing is refused."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            garbage.settle()
            garbage.give_large_blocks_back()
            try:
                await sync_to_async(_check_keys)()
            except KeysDoNotFit as exc:
                await send({"type": "lifespan.startup.failed", "message": f"heddle: {exc}"})
                return
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _check_keys() -> None:
    try:
        check_keys()
    finally:
        connection.close()

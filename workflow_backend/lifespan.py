"""Start and end of a web process, as ASGI servers announce them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from core import garbage


async def lifespan(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Answer the server's start and shutdown; the rest is set up when it is first used."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            garbage.settle()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

"""Start and end of a web process, as ASGI servers announce them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


async def lifespan(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Answer the server's start and shutdown; there is nothing to set up that is not set up when first used."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

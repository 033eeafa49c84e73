"""What goes to and fro over a connection, counted: a server asks only so much at once, whatever becomes of the answers.

    transport ─▶ Incoming ─▶ the SDK: a task for each message ─▶ Outgoing ─▶ transport

The SDK has no limit of its own: each request of a server is a task until its answer has been taken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage

from mcp_integration.client.spec import MESSAGE_BYTES, Link

MOST_ASKED = 32  # requests of a server that are not answered yet
MOST_ASKED_BYTES = 4 * MESSAGE_BYTES  # of all of them


class Flow:
    """Counts what a server asked for and was not answered; too much of it loses the connection."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._asked: dict[str, int] = {}  # by the request's id, its bytes

    def came(self, message: Any) -> None:
        """Count a message of the server. Raises: anyio.EndOfStream where it is too much."""
        if isinstance(message, types.JSONRPCNotification) and message.method == "notifications/cancelled":
            self._asked.pop(str((message.params or {}).get("requestId")), None)
        if not isinstance(message, types.JSONRPCRequest):
            return
        known = str(message.id)
        if known in self._asked:
            self._lose("The server used the id of a request again that was not answered yet")
        self._asked[known] = len(message.model_dump_json())
        if len(self._asked) > MOST_ASKED or sum(self._asked.values()) > MOST_ASKED_BYTES:
            self._lose(f"The server asked more than {MOST_ASKED} things at once, or more than 4 MiB in all")

    def _lose(self, fault: str) -> None:
        self._link.lose(fault)
        raise anyio.EndOfStream

    def went(self, message: Any) -> None:
        """Count an answer that the transport has taken."""
        if isinstance(message, (types.JSONRPCResponse, types.JSONRPCError)):
            self._asked.pop(str(message.id), None)


class Incoming:
    """The stream from a server, as the SDK reads it."""

    def __init__(self, stream: Any, flow: Flow) -> None:
        self._stream = stream
        self._flow = flow

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def receive(self) -> SessionMessage | Exception:
        item: SessionMessage | Exception = await self._stream.receive()
        if isinstance(item, SessionMessage):
            self._flow.came(item.message)
        return item

    def __aiter__(self) -> Incoming:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Incoming:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self._stream.__aexit__(*exc)


class Outgoing:
    """The stream to a server, as the SDK writes it."""

    def __init__(self, stream: Any, flow: Flow) -> None:
        self._stream = stream
        self._flow = flow

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def send(self, item: SessionMessage) -> None:
        await self._stream.send(item)
        self._flow.went(item.message)

    async def __aenter__(self) -> Outgoing:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self._stream.__aexit__(*exc)


@asynccontextmanager
async def bounded(transport: Any, link: Link) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """Open a transport of the SDK, and count what goes over it."""
    flow = Flow(link)
    async with transport as (came, going, *_):
        yield Incoming(came, flow), Outgoing(going, flow)

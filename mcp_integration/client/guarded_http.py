"""The SDK's HTTP over our guarded connections: checked addresses only, and a cap on what a server may answer."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpcore
import httpx2

from core.http.client import guarded_pool
from core.http.pacing import Exchange, exchange
from core.http.resolve import BlockedAddress
from mcp_integration.client.spec import MESSAGE_BYTES, Link

MOST_SENDING = 64  # messages that the server has not taken yet, answers to what it asked among them
MOST_SENDING_BYTES = 8 * MESSAGE_BYTES
STREAM_BYTES = 16 * MESSAGE_BYTES  # of all events of one answer
EVENT_STREAM = "text/event-stream"


def guarded_client(
    headers: Sequence[tuple[str, str]], private_hosts: Sequence[str], timeout_s: float, link: Link
) -> httpx2.AsyncClient:
    """Return a client for one server. It follows no redirect by itself, takes no proxy and keeps no cookie."""
    return httpx2.AsyncClient(
        transport=GuardedTransport(private_hosts, link), headers=list(headers), trust_env=False, follow_redirects=False,
        timeout=httpx2.Timeout(timeout_s, read=300),
    )  # fmt: skip


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends the requests of one session. What goes wrong is noted in `link`: the SDK tells only that it did."""

    def __init__(self, private_hosts: Sequence[str], link: Link) -> None:
        self._pool = guarded_pool(private_hosts, most=8, kept=4)
        self._link = link
        self._sending: list[int] = []  # their sizes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        if len(self._sending) >= MOST_SENDING or sum(self._sending) + len(body) > MOST_SENDING_BYTES:
            raise httpx2.RequestError("The server takes what it is sent too slowly", request=request)
        self._sending.append(len(body))
        try:
            return await self._sent(request, body)
        finally:
            self._sending.remove(len(body))

    async def _sent(self, request: httpx2.Request, body: bytes) -> httpx2.Response:
        exchange.set(current := Exchange())
        if len(body) > MESSAGE_BYTES:
            raise httpx2.RequestError(f"A message of more than {MESSAGE_BYTES} bytes is not sent", request=request)
        headers = [pair for pair in request.headers.raw if pair[0].lower() not in (b"accept-encoding", b"cookie")]
        asked = httpcore.Request(
            request.method, str(request.url), headers=[*headers, (b"Accept-Encoding", b"identity")], content=body,
            extensions={"timeout": request.extensions.get("timeout", {})},
        )  # fmt: skip
        try:
            reply = await self._pool.handle_async_request(asked)
        except BlockedAddress as exc:
            self._link.fault = str(exc)
            raise httpx2.ConnectError(str(exc), request=request) from exc
        except (httpcore.TimeoutException, TimeoutError) as exc:
            raise httpx2.ReadTimeout("The server did not answer in time", request=request) from exc
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ssl.SSLError) as exc:
            raise httpx2.ConnectError(str(exc) or type(exc).__name__, request=request) from exc
        current.is_head = False
        return httpx2.Response(
            reply.status, headers=[pair for pair in reply.headers if pair[0].lower() != b"set-cookie"],
            stream=_Body(reply, self._link), request=request,
        )  # fmt: skip

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx2.AsyncByteStream):
    """What a server answers, up to the cap: of one message, or of each event and all of them together."""

    def __init__(self, reply: Any, link: Link) -> None:
        self._reply = reply
        self._link = link
        kind = {name.lower(): value for name, value in reply.headers}.get(b"content-type", b"")
        self._is_stream = kind.decode("latin-1").lower().startswith(EVENT_STREAM)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = event = 0
        async for piece in self._reply.aiter_stream():
            total += len(piece)
            at = max(piece.rfind(b"\n\n"), piece.rfind(b"\r\n\r\n"), piece.rfind(b"\r\r"))
            event = event + len(piece) if at < 0 else len(piece) - at
            if event > MESSAGE_BYTES + 4096 or total > (STREAM_BYTES if self._is_stream else MESSAGE_BYTES):
                self._link.lose(f"The server sent a message of more than {MESSAGE_BYTES} bytes")
                raise httpx2.ReadError(self._link.fault)
            yield piece

    async def aclose(self) -> None:
        await self._reply.aclose()

"""The guarded client as the transport of other libraries' HTTP clients: no byte goes past it.

An answer that is an error never reaches the library: it is raised here, in our words.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import httpx
import httpx2

from core.http.client import GuardedClient
from core.http.requests import Request
from inference.models import failures
from inference.models.endpoint import MOST_ANSWER_BYTES, Endpoint

MOST_ERROR_BYTES = 64 * 1024
# All else that a library would send it may have taken out of the environment, keys of the operator among it.
_KEPT = frozenset({"content-type", "accept", "anthropic-version", "anthropic-beta"})
_OF_THE_WAY = frozenset({"content-encoding", "content-length", "transfer-encoding"})  # undone by us


class _Way:
    """Sends what a library asks for."""

    def __init__(self, client: GuardedClient, endpoint: Endpoint, timeout_s: float) -> None:
        self.client = client
        self.endpoint = endpoint
        self.timeout_s = timeout_s

    async def open(self, request: Any) -> tuple[int, list[tuple[str, str]], AsyncIterator[bytes], AsyncExitStack]:
        """Return status, headers and body of an answer, and what ends it. Raises: what the client does, NodeFailed."""
        body = b"".join([part async for part in request.stream])
        sent = Request(
            request.method, str(request.url), tuple(self._headers(request.headers.raw)), body,
            timeout_s=self.timeout_s, max_redirects=0, max_bytes=MOST_ANSWER_BYTES, owner=self.endpoint.owner,
        )  # fmt: skip
        stack = AsyncExitStack()
        try:
            reply = await stack.enter_async_context(self.client.stream(sent))
            if reply.status >= 300:
                said = b""
                async for piece in reply.pieces:
                    said += piece
                    if len(said) > MOST_ERROR_BYTES:
                        break
                raise failures.of_answer(self.endpoint.provider, reply.status, reply.headers, said)
        except BaseException:
            await stack.aclose()
            raise
        kept = [(name, value) for name, value in reply.headers.items() if name not in _OF_THE_WAY]
        return reply.status, kept, reply.pieces, stack

    def _headers(self, raw: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
        """Return the headers of a call: a few of the library's, and ours."""
        texts = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
        kept = [(name, value) for name, value in texts if name.lower() in _KEPT]
        endpoint = self.endpoint
        key = [("Idempotency-Key", endpoint.key)] if endpoint.key else []
        return [*kept, ("Accept-Encoding", "identity"), *key, *_login(endpoint.provider, endpoint.api_key)]


def _login(provider: str, api_key: str) -> list[tuple[str, str]]:
    """Return the header that a provider knows a caller by."""
    if not api_key:
        return []
    named = {"anthropic": "x-api-key", "gemini": "x-goog-api-key"}.get(provider)
    return [("Authorization", f"Bearer {api_key}")] if named is None else [(named, api_key)]


class _Body:
    def __init__(self, pieces: AsyncIterator[bytes], stack: AsyncExitStack) -> None:
        self._pieces = pieces
        self._stack = stack

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            yield piece

    async def aclose(self) -> None:
        await self._stack.aclose()


class _HttpxBody(_Body, httpx.AsyncByteStream):
    """A body for httpx."""


class _Httpx2Body(_Body, httpx2.AsyncByteStream):
    """A body for httpx2."""


class HttpxTransport(_Way, httpx.AsyncBaseTransport):
    """The guarded client for httpx."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status, headers, pieces, stack = await self.open(request)
        return httpx.Response(status, headers=headers, stream=_HttpxBody(pieces, stack))


class Httpx2Transport(_Way, httpx2.AsyncBaseTransport):
    """The guarded client for httpx2."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        status, headers, pieces, stack = await self.open(request)
        return httpx2.Response(status, headers=headers, stream=_Httpx2Body(pieces, stack))

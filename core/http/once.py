"""One guarded request from synchronous code, on a loop and a connection of its own."""

from __future__ import annotations

import asyncio

from django.conf import settings

from core.errors import Upstream
from core.http.client import GuardedClient, Response
from core.http.requests import Request


class ConnectionFailed(Upstream):
    """Another service that is needed did not answer."""

    code = "connection_failed"


def send(request: Request) -> Response:
    """Send a request. Raises: BlockedAddress, Unreachable, ResponseTooLarge."""

    async def go() -> Response:
        client = GuardedClient(settings.HTTP_ALLOWED_PRIVATE_HOSTS)
        try:
            return await client.send(request)
        finally:
            await client.close()

    return asyncio.run(go())

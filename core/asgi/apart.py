"""Webhooks, forms and answer pages on a host of their own, where there is one; everything else is not there."""

from __future__ import annotations

from django.conf import settings

from core.asgi import refusals
from core.asgi.refusals import Refusal
from core.asgi.types import App, Receive, Scope, Send, header
from core.values.hosts import host_named, host_of

NOT_HERE = Refusal(404, "not_found", "Not found", "There is nothing here")
OF_OTHERS = ("/api/webhooks/", "/api/webhooks-test/", "/hitl/")
ON_BOTH = "/api/health/"


def is_here(host: str, path: str) -> bool:
    """Tell whether a path is served by the name that a request calls."""
    if not settings.HOOKS_URL or path.startswith(ON_BOTH):
        return True
    return path.startswith(OF_OTHERS) == (host_named(host) == host_of(settings.HOOKS_URL))


def with_hooks_apart(app: App) -> App:
    async def apart(scope: Scope, receive: Receive, send: Send) -> None:
        if is_here(header(scope, b"host"), scope["path"]):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4404})
        else:
            await refusals.answer(scope, receive, send, NOT_HERE, has_more=refusals.has_body(scope))

    return apart

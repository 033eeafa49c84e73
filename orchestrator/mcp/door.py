"""The way in at /mcp/, before Django: who may come in is settled here, and the SDK is imported at the first call.

Where a server keeps no state, the SDK answers a GET with a stream that never says anything; here all but POST are 405.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from core.accounts.authentication import find_key, user_of_token
from core.asgi import refusals
from core.asgi.open_requests import knows
from core.asgi.refusals import HOST_NOT_ALLOWED, Refusal
from core.asgi.sizes import takes_bodies
from core.asgi.types import App, Receive, Scope, Send, header
from core.errors import NotAuthenticated, WorkflowError
from core.web import abuse
from orchestrator.mcp.tools import Caller

PATHS = frozenset({"/mcp", "/mcp/"})
ORIGIN_NOT_ALLOWED = Refusal(403, "permission_denied", "Not allowed", "Pages of this origin may not call")


class _Server:
    """The server of one event loop."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._manager: Any = None
        self._running: asyncio.Task[None] | None = None

    async def answer(self, scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
        module = await self._started()
        scope[module.CALLER] = caller
        await self._manager.handle_request(scope, receive, send)

    async def _started(self) -> Any:
        async with self._lock:
            module = await asyncio.to_thread(import_module, "orchestrator.mcp.server")
            if self._running is None or self._running.done():
                self._manager = module.manager(settings.JSON_BODY_MAX_BYTES)
                ready = asyncio.Event()
                self._running = asyncio.create_task(_run(self._manager, ready), name="mcp server")
                await ready.wait()
        return module


async def _run(manager: Any, ready: asyncio.Event) -> None:
    async with manager.run():
        ready.set()
        await asyncio.Event().wait()  # until the loop ends


_servers: WeakKeyDictionary[asyncio.AbstractEventLoop, _Server] = WeakKeyDictionary()


def not_reached(request: HttpRequest) -> HttpResponse:
    """Stand for the door among Django's routes, which say how large bodies may be."""
    return HttpResponse(status=404)


takes_bodies(not_reached, most_bytes=settings.JSON_BODY_MAX_BYTES)


def with_mcp_door(app: App) -> App:
    """Wrap an application so that calls of /mcp/ are answered by the MCP server."""

    async def doored(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await app(scope, receive, send)
            return
        refusal, more = _refused(scope)
        caller = None if refusal is not None else await sync_to_async(_let_in)(scope)
        if isinstance(caller, Caller):
            server = _servers.setdefault(asyncio.get_running_loop(), _Server())
            await server.answer(scope, receive, send, caller)
            return
        found = refusal or caller
        assert found is not None  # noqa: S101 (one of them says why)
        await _tell(scope, send, found, more)

    return doored


def _refused(scope: Scope) -> tuple[Refusal | None, list[tuple[bytes, bytes]]]:
    """Return why a call is refused whoever makes it, and headers of the answer."""
    if scope["method"] != "POST":
        detail = "Only POST: the server keeps no state between calls"
        return Refusal(405, "method_not_allowed", "Method not allowed", detail), [(b"allow", b"POST")]
    host = header(scope, b"host")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return HOST_NOT_ALLOWED, []
    origin = header(scope, b"origin")
    if origin and not _is_ours(origin, host):
        return ORIGIN_NOT_ALLOWED, []
    return None, [(b"www-authenticate", b"Bearer")]


def _is_ours(origin: str, host: str) -> bool:
    allowed = {one.lower().rstrip("/") for one in (*settings.CORS_ALLOWED_ORIGINS, settings.PUBLIC_URL) if one}
    try:
        return origin.lower() in allowed or urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def _let_in(scope: Scope) -> Caller | Refusal:
    """Return who calls, or why nobody is let in."""
    request = ASGIRequest(scope, BytesIO())
    try:
        caller = _known(request)
    except WorkflowError as exc:
        return _as_refusal(exc, request)
    knows(scope, caller.user.pk)
    return caller


def _known(request: HttpRequest) -> Caller:
    """Return who calls, by a token or a key. Raises: NotAuthenticated."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        user, access = user_of_token(token.strip())
        return Caller(user, access)
    given = request.META.get("HTTP_X_API_KEY", "")
    if not given:
        raise NotAuthenticated("Send an API key as X-API-Key, or a token as Authorization: Bearer")
    key = find_key(given)
    return Caller(key.user, key)


def _as_refusal(exc: WorkflowError, request: HttpRequest) -> Refusal:
    try:
        abuse.check(abuse.client_ip(request), timezone.now())
    except abuse.IpBlocked as blocked:
        return Refusal(403, blocked.code, "Not allowed", blocked.message, retry_in_s=blocked.retry_in_s)
    return Refusal(401, exc.code, "Not signed in", exc.message)


async def _tell(scope: Scope, send: Send, refusal: Refusal, more: list[tuple[bytes, bytes]]) -> None:
    headers, body = refusals.written(refusal, scope["path"], header(scope, b"x-request-id"))
    extra = more if refusal.status in (401, 405) else []
    await send({"type": "http.response.start", "status": refusal.status, "headers": [*headers, *extra]})
    await send({"type": "http.response.body", "body": body})

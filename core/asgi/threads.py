"""Requests and sockets on shared threads: one pool for all, so that who waits holds none.

asgiref gives each request a thread of its own until its response has ended, and all sockets together a single one.
Here a call takes a thread for as long as it runs; the database connection that it used goes back when it returns.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.conf import settings
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries

from core.asgi import refusals
from core.asgi.open_calls import CALL, OpenCall, OpenCalls
from core.asgi.owners import IN_SCOPE, KNOWN, Caller, caller_in
from core.asgi.refusals import Refusal
from core.asgi.request_threads import CALLER, RequestThreads
from core.asgi.types import App, Message, Receive, Scope, Send

HEALTH_THREADS = 4  # probes are answered when all others are taken
HEALTH = "/api/health/"
RETRY_IN_S = 2
NOT_SIGNED_IN, SOCKET_NOT_SIGNED_IN = 401, 4401
_OPEN = OpenCalls()


@cache
def request_threads() -> RequestThreads:
    """Return the threads of this process for all requests and sockets."""
    return RequestThreads(max(1, min(settings.WEB_THREADS, settings.DATABASE_POOL)), "request")


@cache
def _contexts() -> tuple[ThreadSensitiveContext, ThreadSensitiveContext]:
    general, health = ThreadSensitiveContext(), ThreadSensitiveContext()
    SyncToAsync.context_to_thread_executor[general] = request_threads()
    SyncToAsync.context_to_thread_executor[health] = RequestThreads(HEALTH_THREADS, "health request")
    return general, health


def belongs(scope: Any, user: Hashable) -> None:
    """Say which user makes a request: it counts for him, and no more for its network."""
    caller: Caller | None = (scope or {}).get(IN_SCOPE)
    if caller is not None:
        request_threads().know(caller, user)
        scope[CALL].belongs(user)


def with_shared_threads(app: App) -> App:
    """Wrap an application so that all its requests and sockets share their threads fairly among callers."""
    general, health = _contexts()
    for tidies in (close_old_connections, reset_queries):  # threads are tidied after each call, and this would need one
        request_started.disconnect(tidies)

    async def shared(scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_in(scope)
        is_probe = scope.get("path", "").startswith(HEALTH)
        refusal = None if is_probe else _refusal(caller)
        if refusal is not None:
            await refusals.refuse(scope, receive, send, refusal)
            return
        call = OpenCall(_OPEN, caller.owner if caller.is_known and not is_probe else None)

        async def answered(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept", "websocket.close"):
                call.rests()
                if message.get("status") == NOT_SIGNED_IN or message.get("code") == SOCKET_NOT_SIGNED_IN:
                    KNOWN.forget(caller.digest)
            await send(message)

        token = SyncToAsync.thread_sensitive_context.set(health if is_probe else general)
        known = CALLER.set(caller)
        try:
            await app({**scope, IN_SCOPE: caller, CALL: call}, receive, answered)
        finally:
            call.end()
            CALLER.reset(known)
            SyncToAsync.thread_sensitive_context.reset(token)

    return shared


def _refusal(caller: Caller) -> Refusal | None:
    """Refuse a user who waits with enough calls, or holds enough open; strangers are counted at the door."""
    if not settings.RATE_LIMITS or not caller.is_known:
        return None
    if request_threads().waiting_of(caller.owner) >= settings.WAITING_CALLS:
        return _too_many(f"At most {settings.WAITING_CALLS} calls of one caller may wait at once")
    most_busy = settings.WAITING_CALLS + request_threads().threads  # some wait for their body, or are worked on
    if _OPEN.is_over(caller.owner, most_busy=most_busy):
        return _too_many(f"At most {most_busy} calls of one caller may be worked on at once")
    most_open = max(1, settings.OPEN_REQUESTS // 2)
    if _OPEN.is_over(caller.owner, most_open=most_open):
        return _too_many(f"At most {most_open} calls of one caller may be open at once")
    return None


def _too_many(detail: str) -> Refusal:
    return Refusal(429, "rate_limited", "Too many calls", detail, {"scope": "waiting_calls"}, RETRY_IN_S)

"""The threads that synchronous code of requests runs on: one pool for all, so that who waits holds none.

asgiref gives each request a thread of its own until its response has ended, and all sockets together a single one.
Here a call takes a thread for as long as it runs; the database connection that it used goes back when it returns.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.conf import settings
from django.db import close_old_connections

from core.asgi.types import App, Receive, Scope, Send

HEALTH_THREADS = 4  # probes are answered when all others are taken
HEALTH = "/api/health/"
T = TypeVar("T")


class RequestThreads(ThreadPoolExecutor):
    """A pool whose threads keep no database connection between two calls."""

    def submit(self, call: Callable[..., T], /, *arguments: Any, **keywords: Any) -> Future[T]:
        return super().submit(_tidied, call, *arguments, **keywords)


def _tidied(call: Callable[..., T], *arguments: Any, **keywords: Any) -> T:
    try:
        return call(*arguments, **keywords)
    finally:
        close_old_connections()


def with_shared_threads(app: App) -> App:
    """Wrap an application so that all its requests and sockets share their threads."""
    general = _context(RequestThreads(settings.WEB_THREADS, thread_name_prefix="request"))
    health = _context(RequestThreads(HEALTH_THREADS, thread_name_prefix="health request"))

    async def shared(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = health if scope.get("path", "").startswith(HEALTH) else general
        token = SyncToAsync.thread_sensitive_context.set(chosen)
        try:
            await app(scope, receive, send)
        finally:
            SyncToAsync.thread_sensitive_context.reset(token)

    return shared


def _context(threads: ThreadPoolExecutor) -> ThreadSensitiveContext:
    context = ThreadSensitiveContext()
    SyncToAsync.context_to_thread_executor[context] = threads
    return context

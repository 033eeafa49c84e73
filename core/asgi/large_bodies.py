"""Large bodies of requests, and stored documents: worked on a few at a time, fairly among owners.

Each step on such a body keeps all other threads, and the loop, for some milliseconds. Small ones wait for none of them.
How large what a view reads is, is not known before it is read: these views have places of their own, whatever comes.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from functools import partial, wraps
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.asgi.owners import IN_SCOPE, Caller
from core.fairness.loop_places import FairPlaces

LARGE_BYTES = 512 * 1024
PLACES = FairPlaces(2)  # a third one lets others wait twice as long, and is hardly quicker (docs/benchmarks.md)
DOCUMENTS = FairPlaces(6)
T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


async def in_turn(request: HttpRequest, owner: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do the work on a request, in a place where its body is large; who waits for one holds no thread.

    A caller who hangs up meanwhile does not free the place: a thread goes on with the body until it is done.
    """
    size = request.META.get("CONTENT_LENGTH") or (LARGE_BYTES if "HTTP_TRANSFER_ENCODING" in request.META else 0)
    if int(size) < LARGE_BYTES:
        return await work()
    return await PLACES.during(owner, work)


async def answered(
    view: Callable[..., HttpResponseBase], request: HttpRequest, *arguments: Any, **keywords: Any
) -> HttpResponseBase:
    """Return what a view that runs in a thread answers, in its caller's turn."""
    caller: Caller | None = (getattr(request, "scope", None) or {}).get(IN_SCOPE)
    owner = caller.owner if caller is not None else None
    work = partial(sync_to_async(_written), view, request, *arguments, **keywords)
    if getattr(view, "reads_documents", False):
        work = partial(DOCUMENTS.during, owner, work)
    return await in_turn(request, owner, work)


def _written(view: Callable[..., HttpResponseBase], *arguments: Any, **keywords: Any) -> HttpResponseBase:
    """Return a view's answer, written in the same turn: what it is made of takes many times its size."""
    response: Any = view(*arguments, **keywords)
    if hasattr(response, "render") and not hasattr(response, "wait"):
        response = response.render()
        if len(response.content) >= LARGE_BYTES:
            response.data = None
    made: HttpResponseBase = response
    return made


def reads_documents(view: View) -> View:
    """Note of a view that it reads documents that were stored, which may have megabytes."""
    view.__dict__["reads_documents"] = True
    return view


def forget_body(request: Any) -> None:
    """Let the values of a request's body go: it holds itself by its view, and would stay until the next collection."""
    if request is not None:
        request._data = request._full_data = None


def takes_large_bodies(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """Wrap a view that runs in a thread, so that large bodies come to it a few at a time."""

    @wraps(view)
    async def waiting(request: HttpRequest, *arguments: Any, **keywords: Any) -> HttpResponseBase:
        return await answered(view, request, *arguments, **keywords)

    return waiting

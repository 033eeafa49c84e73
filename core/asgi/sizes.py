"""How large a body may be, by method and path, known before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve

from core.asgi.middleware import canonical_path

TINY_BYTES = 64 * 1024  # where nothing takes a body: what some clients send with a GET
FORM_OVERHEAD_BYTES = 64 * 1024  # heads and borders of a multipart body


def takes_bodies(view: Callable[..., Any], *, most_bytes: int) -> None:
    """Let a view that is a function take bodies of so many bytes."""
    view.__dict__["max_body_bytes"] = most_bytes


def limit_of(method: str, path: str) -> int:
    """Return how many bytes the body of such a request may have.

    A view says it itself as `max_body_bytes`; one that takes JSON gets the limit of JSON bodies; where no view is, or
    none for this method, nothing is taken.
    """
    try:
        view: Any = resolve(canonical_path(path)).func
    except (Resolver404, ValueError):
        return TINY_BYTES
    view_class = getattr(view, "view_class", None)
    if view_class is not None and not hasattr(view_class, method.lower()):
        return TINY_BYTES
    if method in ("GET", "HEAD", "OPTIONS") and view_class is not None:
        return TINY_BYTES
    limit = getattr(view_class or view, "max_body_bytes", None)
    return int(limit) if limit is not None else int(settings.JSON_BODY_MAX_BYTES)

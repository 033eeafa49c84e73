"""The shapes of ASGI. Source: the ASGI specification, version 3."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Scope = Any
Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def header(scope: Scope, name: bytes) -> str:
    """Return a header of a request, several of one name as one with commas; empty where there is none."""
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)

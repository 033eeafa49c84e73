"""Problems told before Django is asked: the same members and headers as its own, and the connection ends."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from core.asgi.answer_headers import CSP, HEADERS, SAFE_ID
from core.asgi.types import Receive, Scope, Send, header
from core.errors import PROBLEM_MEDIA_TYPE
from core.json import dumps_lossy

LINGER_S = 1.0  # without a word from the client
LINGER_AT_MOST_S = 5.0
LINGER_BYTES = 16 * 1024 * 1024  # of which nothing is held
TRY_AGAIN_LATER = 1013  # Source: the IANA registry of WebSocket close codes


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem to answer with. `retry_in_s` becomes Retry-After."""

    status: int
    code: str
    title: str
    detail: str
    members: dict[str, Any] = field(default_factory=dict[str, Any])
    retry_in_s: int | None = None


HOST_NOT_ALLOWED = Refusal(
    400, "host_not_allowed", "The request is not valid", "This name is not one of ours: see ALLOWED_HOSTS"
)


def too_large(limit_bytes: int) -> Refusal:
    return Refusal(413, "payload_too_large", "Too large", "The body is too large", {"limit_bytes": limit_bytes})


def too_slow(what: str) -> Refusal:
    return Refusal(408, "request_timeout", "It took too long", f"The {what} did not come in time")


def written(refusal: Refusal, path: str, request_id: str = "") -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return headers and body of a problem response. Source: RFC 9457."""
    request_id = request_id if SAFE_ID.fullmatch(request_id) else secrets.token_hex(16)
    body = dumps_lossy(
        {
            "type": f"urn:heddle:problem:{refusal.code}",
            "title": refusal.title,
            "status": refusal.status,
            "detail": refusal.detail,
            "instance": path,
            "code": refusal.code,
            "request_id": request_id,
            **refusal.members,
        }
    )
    headers = {
        "Content-Type": PROBLEM_MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "X-Request-ID": request_id,
        "Connection": "close",
        "Content-Security-Policy": CSP,
        **HEADERS,
    }
    if refusal.retry_in_s is not None:
        headers["Retry-After"] = str(refusal.retry_in_s)
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()], body


async def refuse(scope: Scope, receive: Receive, send: Send, refusal: Refusal) -> None:
    """Refuse a request with a problem, or a socket with a code that says to come again."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": refusal.detail})
        return
    await answer(scope, receive, send, refusal, has_more=has_body(scope))


async def answer(scope: Scope, receive: Receive, send: Send, refusal: Refusal, *, has_more: bool) -> None:
    """Send a problem response and end the connection. `has_more`: whether the client may still be sending its body."""
    headers, body = written(refusal, scope["path"], header(scope, b"x-request-id"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if has_more:
        await _drain(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive) -> None:
    """Take and drop what the client still sends: most read no answer before they have sent all, and would find a closed
    line instead of one."""
    taken = 0
    loop = asyncio.get_running_loop()
    end = loop.time() + LINGER_AT_MOST_S
    with contextlib.suppress(TimeoutError):
        while taken < LINGER_BYTES:
            async with asyncio.timeout_at(min(end, loop.time() + LINGER_S)):
                message = await receive()
            taken += len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return


def has_body(scope: Scope) -> bool:
    """Tell whether a request brings a body."""
    return header(scope, b"content-length") not in ("", "0") or bool(header(scope, b"transfer-encoding"))

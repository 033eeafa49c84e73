"""What every request and answer has in common: its id, its host, bodies as they are, headers, a trailing slash."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from core.asgi.answer_headers import CSP, HEADERS, SAFE_ID
from core.asgi.refusals import HOST_NOT_ALLOWED, Refusal, written
from core.values.charsets import known_charset

# Canonical without a slash; all other paths under /api/ have one. See docs/api.md, "Paths".
WITHOUT_SLASH = re.compile(
    r"/api/(?:users/(?:me(?:/notifications)?|password|[0-9a-fA-F-]{36})|keys/[0-9a-fA-F-]{36}(?:/rotate)?"
    r"|nodes/custom/[0-9a-fA-F-]{36}|webhooks(?:-test)?/.+)"
)
PROBED = "/api/health/"
UNPACKED = re.compile(r"/api/webhooks(?:-test)?/")  # whose bodies are read in what other programs send
PACKED = Refusal(
    415,
    "unsupported_media_type",
    "Unsupported media type",
    "A body with a Content-Encoding is not read: send it as it is",
)
NO_TEXT = "\ufffd"  # in place of a null character, which no stored text can hold: such a path leads nowhere


def canonical_path(path: str) -> str:
    """Return a path as it is routed."""
    if not path.startswith("/api/"):
        return path
    bare = path.rstrip("/")
    if WITHOUT_SLASH.fullmatch(bare):
        return bare
    return f"{bare}/"


def _before(request: HttpRequest) -> None:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    request.request_id = given if SAFE_ID.fullmatch(given) else secrets.token_hex(16)  # type: ignore[attr-defined]  # the middleware's own mark on requests
    if request.encoding is not None and known_charset(request.encoding) is None:
        request.encoding = "utf-8"
    request.path_info = canonical_path(request.path_info).replace("\x00", NO_TEXT)


def _asks_by_address(request: HttpRequest) -> bool:
    """Tell whether the caller named no name, but an address, as probes from inside do."""
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_our_host(request: HttpRequest) -> bool:
    """Tell whether the name is ours: links are made of it, and caches keep by it.

    Probes ask by an address, and health makes no links.
    """
    if request.path_info.startswith(PROBED) and _asks_by_address(request):
        return True
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _is_packed(request: HttpRequest) -> bool:
    """Tell whether a body was compressed for the way. Webhooks unpack it; others would take it for what it is not."""
    if UNPACKED.match(request.path_info):
        return False
    codings = request.META.get("HTTP_CONTENT_ENCODING", "").lower().split(",")
    if all(coding.strip() in ("", "identity") for coding in codings):
        return False
    return request.META.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in request.META


def _refused(request: HttpRequest) -> HttpResponse | None:
    refusal = HOST_NOT_ALLOWED if not _is_our_host(request) else PACKED if _is_packed(request) else None
    if refusal is None:
        return None
    headers, body = written(refusal, request.path, request.request_id)  # type: ignore[attr-defined]  # the middleware's own mark on requests
    response = HttpResponse(body, status=refusal.status)
    for name, value in headers:
        if name != b"connection":
            response[name.decode()] = value.decode()
    if refusal is PACKED:
        response["Accept-Encoding"] = "identity"
    return response


def _after(request: HttpRequest, response: HttpResponseBase) -> None:
    response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]  # the middleware's own mark on requests
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", CSP)  # pages of ours bring their own


@sync_and_async_middleware
def wire_conventions(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Wrap the whole stack; async where the server is, so that no request hops between threads for it."""
    if iscoroutinefunction(get_response):
        asynchronous: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

        async def around(request: HttpRequest) -> HttpResponseBase:
            _before(request)
            response = _refused(request) or await asynchronous(request)
            _after(request, response)
            return response

        return around

    def around_sync(request: HttpRequest) -> HttpResponse:
        _before(request)
        response: HttpResponse = _refused(request) or get_response(request)
        _after(request, response)
        return response

    return around_sync

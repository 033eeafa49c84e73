"""Which pages may call a webhook from a browser: as its trigger says, beside those that the operator allows.

Source: the CORS protocol of the Fetch standard. Such calls carry no cookies and log-ins: nothing here
says that they may.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from nodes.calling import Door

EXPOSED = "Content-Disposition, Idempotent-Replayed, Location, Retry-After, X-Request-ID"
KEPT_S = 600


def note(request: HttpRequest, door: Door) -> None:
    """Remember which pages may call, for whatever is answered."""
    request.webhook_origins = (*door.origins, *settings.CORS_ALLOWED_ORIGINS)  # type: ignore[attr-defined]  # a mark of ours


def answered(methods: Sequence[str]) -> list[str]:
    """Return the methods that are answered: HEAD asks what GET does. Source: RFC 9110 section 9.3.2."""
    return [*methods, *(["HEAD"] if "GET" in methods and "HEAD" not in methods else [])]


def is_preflight(request: HttpRequest) -> bool:
    asks = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
    return request.method == "OPTIONS" and asks


def preflight(request: HttpRequest, methods: Sequence[str]) -> HttpResponse:
    """Answer whether a call may be made; without the header of `told` it may not."""
    answer = HttpResponse(status=204, headers={"Allow": ", ".join([*methods, "OPTIONS"])})
    if _allowed(request):
        answer["Access-Control-Allow-Methods"] = ", ".join(methods)
        wanted = request.headers.get("Access-Control-Request-Headers", "")
        if wanted:
            answer["Access-Control-Allow-Headers"] = wanted
        answer["Access-Control-Max-Age"] = str(KEPT_S)
    patch_vary_headers(answer, ["Access-Control-Request-Method", "Access-Control-Request-Headers"])
    return answer


def told(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Let the page that called read the answer, where it may; an answer that says so itself is left as it is."""
    if "Access-Control-Allow-Origin" in answer:
        return answer
    allowed = _allowed(request)
    if allowed:
        answer["Access-Control-Allow-Origin"] = allowed
        answer["Access-Control-Expose-Headers"] = EXPOSED
    if getattr(request, "webhook_origins", ()) and allowed != "*":
        patch_vary_headers(answer, ["Origin"])
    return answer


def _allowed(request: HttpRequest) -> str | None:
    """Return what is said to a browser of the page that calls, or None."""
    origins = getattr(request, "webhook_origins", ())
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    return "*" if "*" in origins else origin if origin in origins else None

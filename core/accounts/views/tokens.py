"""The answer of whoever was let in: tokens in its body, or the refresh token in a cookie that no script reads."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import people, serializers
from core.accounts.authentication import TokenInvalid
from core.errors import Forbidden
from core.models import User
from core.values.hosts import readable_parts
from core.web.views import read_body

COOKIE = "heddle_refresh"
COOKIE_PATH = "/api/auth/"
EXPIRES_S = int(settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"].total_seconds())  # type: ignore[attr-defined]  # a value of mixed types in a mapping


def answer_with_tokens(user: User, status_code: int, *, cookie: bool) -> Response:
    access, refresh = people.tokens_for(user)
    body = {
        "access": access,
        "refresh": None if cookie else refresh,
        "expires_in": EXPIRES_S,
        "user": serializers.UserOutput(user).data,
    }
    response = Response(body, status=status_code)
    if cookie:
        set_cookie(response, refresh)
    return response


def set_cookie(response: Response, refresh: str) -> None:
    lifetime: Any = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    response.set_cookie(
        COOKIE, refresh, max_age=int(lifetime.total_seconds()), httponly=True, secure=settings.PRODUCTION,
        samesite="Strict", path=COOKIE_PATH,
    )  # fmt: skip


def refresh_given(request: Request) -> tuple[str, bool]:
    """Return (refresh token, whether it came as a cookie). A cookie counts only from our own origin."""
    given = str(read_body(request, serializers.RefreshInput)["refresh"])
    if given:
        return given, False
    cookie = request.COOKIES.get(COOKIE, "")
    if not cookie:
        raise TokenInvalid("No refresh token was sent")
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin and readable_parts(origin).netloc != request.get_host() and origin not in settings.CORS_ALLOWED_ORIGINS:
        raise Forbidden("This origin may not use the cookie")
    return cookie, True
